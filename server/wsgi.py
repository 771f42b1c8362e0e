"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from server.checks import refuse_bad_start
from server.confine import hide_memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.settings")

application = get_wsgi_application()
refuse_bad_start()
hide_memory()
