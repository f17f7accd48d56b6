"""The first person without `manage.py up`, and a way back in for an administrator who forgot the password."""

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from generations.flow.people.welcome import first_start, password_link
from generations.models import Person


class Command(BaseCommand):
    help = "Make the first person and print the one-time password; --link NAME prints a password link."

    def add_arguments(self, parser):
        parser.add_argument(
            "--link", metavar="NAME", help="print an address where NAME chooses a new password"
        )

    def handle(self, *args, link: str | None, **options):
        if link:
            return self.print_link(link)
        first = first_start()
        if first is None:
            raise CommandError(
                "There are people already. A password link for one of them: first_person --link NAME"
            )
        self.stdout.write(f"Sign in as    {first[0]}\nPassword      {first[1]}   (until it is changed)")

    def print_link(self, name: str) -> None:
        person = Person.objects.filter(username=name, is_active=True).first()
        if person is None:
            names = Person.objects.filter(is_active=True).values_list("username", flat=True)[:20]
            raise CommandError(f"Nobody is called {name}. There are: {', '.join(names) or 'no people yet'}.")
        self.stdout.write(password_link(person, f"http://127.0.0.1:{settings.PORT}"))
        self.stdout.write("The link works once, for three days.")
