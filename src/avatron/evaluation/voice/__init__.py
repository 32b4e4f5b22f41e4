"""How good a voice is: judged, transcribed, compared with recordings, aligned and timed, beside anchors in one run."""
