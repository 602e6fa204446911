"""What the user touches: the only room with Qt and pyqtgraph."""
