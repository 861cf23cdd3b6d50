"""A member and the notes that caseworkers keep about them."""

from django.db import models


def optional_text():
    return models.CharField(max_length=200, null=True, blank=True)


class Member(models.Model):
    member_id = models.BigIntegerField(primary_key=True)
    title = optional_text()
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    email = optional_text()
    mobile = optional_text()
    date_of_birth = models.DateField(null=True)
    gender = optional_text()
    address_line1 = models.CharField(max_length=200)
    address_town = models.CharField(max_length=100)
    address_postcode = optional_text()
    constituency = models.CharField(max_length=100, db_index=True)
    joined_on = models.DateField()
    status = models.CharField(max_length=20, db_index=True)
    membership_type = models.CharField(max_length=20)
    consent_email = models.BooleanField()
    consent_phone = models.BooleanField()
    consent_post = models.BooleanField()
    religion = optional_text()
    ethnicity = optional_text()
    trade_union = optional_text()
    union_ref = optional_text()
    health_condition = optional_text()
    sexual_orientation = optional_text()
    voting_intention = optional_text()
    notes = models.TextField(null=True)
    donations = models.JSONField()
    updated_at = models.DateTimeField()
    password_hash = models.CharField(max_length=200)


class CaseNote(models.Model):
    member = models.ForeignKey(Member, related_name="case_notes", on_delete=models.CASCADE)
    category = models.CharField(max_length=20)
    body = models.TextField()
