"""How gunicorn serves the site, in every set-up; gunicorn reads this file from the folder in which it starts."""

worker_class = "server.web_worker.Worker"
threads = 8  # for pages; uploads have settings.UPLOAD_THREADS of their own
worker_connections = 500  # with their files still below the usual limit of 1,024 open files
control_socket_disable = True  # it would need a writable home
sendfile = False  # Python waits without end for a client that does not read
