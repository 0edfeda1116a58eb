"""What a sandbox says about itself: its status, its memory and disk, and the problems of this machine."""
