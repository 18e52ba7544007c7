"""What gunicorn serves: `gunicorn wsgi:app`."""

from roomctl.app import create_app

app = create_app()
