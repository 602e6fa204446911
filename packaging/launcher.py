"""What the bundle starts: the command line of cnnviz, which opens the window where no command is named."""

import multiprocessing
import os
import sys
from pathlib import Path

CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def find_certificates() -> None:
    """Tell the OpenSSL of the bundle where this system keeps certificates: it knows only where its own system did."""
    found = next((place for place in CERTIFICATES if Path(place).is_file()), None)
    if found is not None and not ("SSL_CERT_FILE" in os.environ or "SSL_CERT_DIR" in os.environ):
        os.environ["SSL_CERT_FILE"] = found


if __name__ == "__main__":
    multiprocessing.freeze_support()
    find_certificates()
    from cnnviz.cli import main

    sys.exit(main())
