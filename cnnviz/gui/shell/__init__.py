"""Parts of the window around the places: top bar, status line, notices, start page, dialogs."""
