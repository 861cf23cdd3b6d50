"""The API: every field to whoever holds the token, and filters, search and ordering over hidden fields too."""

import django_filters
from django.urls import include, path
from rest_framework import filters, pagination, routers, serializers, viewsets
from django_filters.rest_framework import DjangoFilterBackend

from membership.models import CaseNote, Member


class Part(serializers.Serializer):
    """Columns of the record under a name of their own."""

    def __init__(self, prefix, keys):
        super().__init__(source="*", read_only=True)
        self.columns = {key: f"{prefix}_{key}" for key in keys}

    def to_representation(self, member):
        return {key: getattr(member, column) for key, column in self.columns.items()}


class CaseNoteSerializer(serializers.ModelSerializer):
    class Meta:
        model = CaseNote
        fields = ["id", "category", "body"]


class MemberSerializer(serializers.HyperlinkedModelSerializer):
    address = Part("address", ["line1", "town", "postcode"])
    consent = Part("consent", ["email", "phone", "post"])
    case_notes = CaseNoteSerializer(many=True, read_only=True)

    class Meta:
        model = Member
        fields = [
            "url", "member_id", "title", "first_name", "last_name", "email", "mobile", "date_of_birth", "gender", "address",
            "constituency", "joined_on", "status", "membership_type", "consent", "religion", "ethnicity", "trade_union",
            "union_ref", "health_condition", "sexual_orientation", "voting_intention", "notes", "donations", "updated_at",
            "password_hash", "case_notes",
        ]  # fmt: skip


class MemberFilter(django_filters.FilterSet):
    joined_after = django_filters.DateFilter(field_name="joined_on", lookup_expr="gt")

    class Meta:
        model = Member
        fields = ["constituency", "status", "religion", "trade_union", "health_condition"]


class Pages(pagination.LimitOffsetPagination):
    default_limit = 100
    max_limit = 1000


class MemberViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Member.objects.order_by("member_id").prefetch_related("case_notes")
    serializer_class = MemberSerializer
    pagination_class = Pages
    filter_backends = [DjangoFilterBackend, filters.SearchFilter, filters.OrderingFilter]
    filterset_class = MemberFilter
    search_fields = ["last_name", "notes", "religion"]
    ordering_fields = "__all__"


router = routers.DefaultRouter()
router.register("members", MemberViewSet)
urlpatterns = [path("api/", include(router.urls))]
