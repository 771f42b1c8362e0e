"""manage.py seed_lid2020"""

from django.core.management.base import BaseCommand

from server.tracks.lid2020 import seed


class Command(BaseCommand):
    help = "Create the tracks, rules and phases of LID 2020. Running it again changes nothing."

    def handle(self, *args: object, **options: object) -> None:
        tracks = seed()
        names = ", ".join(track.slug for track in tracks)
        self.stdout.write(f"LID 2020 is set up: {names}. Next: manage.py install_ground_truth TRACK SPLIT PATH")
