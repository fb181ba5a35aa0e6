"""A WSGI application on loopback, as long as it is needed."""

import contextlib
import threading

from werkzeug.serving import make_server


@contextlib.contextmanager
def serving(application, port=0):
    server = make_server("127.0.0.1", port, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()
