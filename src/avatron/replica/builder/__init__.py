"""From a video and a consent to a replica: stages that each leave a folder, and go on where a run was ended."""
