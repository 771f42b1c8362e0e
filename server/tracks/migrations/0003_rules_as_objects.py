from django.db import migrations


def to_objects(apps, schema_editor):
    for track in apps.get_model("tracks", "Track").objects.all():
        track.rules = [{"rule": rule, "held": ""} if isinstance(rule, str) else rule for rule in track.rules]
        track.save(update_fields=["rules"])


def to_sentences(apps, schema_editor):
    for track in apps.get_model("tracks", "Track").objects.all():
        track.rules = [rule if isinstance(rule, str) else rule["rule"] for rule in track.rules]
        track.save(update_fields=["rules"])


class Migration(migrations.Migration):

    dependencies = [("tracks", "0002_results_caps_and_rules_as_held")]

    operations = [migrations.RunPython(to_objects, to_sentences)]
