"""The window. The only package with Qt and pyqtgraph."""
