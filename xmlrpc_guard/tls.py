"""TLS as a client speaks it here: the certificate and the host's name are checked, and no keys are written."""

import ssl


def make_context(ca_file: str | None) -> ssl.SSLContext:
    """Trust the authorities in a PEM file, or the system's if that is None; OSError if there are none in the file."""
    # Not create_default_context(), which writes the keys to the file that SSLKEYLOGFILE names.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is None:
        context.load_default_certs()
    else:
        context.load_verify_locations(cafile=ca_file)
    return context
