"""What a good fit is: each energy as residuals, and their derivatives or normal equations."""
