#!/bin/sh
# Makes the namespace, sets its retention and registers the search attributes. It may run any number
# of times; it removes nothing.
#
# Needs TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, and the temporal command of temporalio/admin-tools.
set -eu

: "${TEMPORAL_ADDRESS:?is not set}" "${TEMPORAL_NAMESPACE:?is not set}"

# Closed histories are kept for 400 days, so that an auditor finds last year's cases.
retention=9600h

# again runs a command up to forty times: a server that has just started refuses for a while, and
# a new namespace is known everywhere only after some seconds.
again() {
	attempt=1
	until "$@"; do
		if [ "$attempt" -ge 40 ]; then
			echo "setup: gave up: $*" >&2
			return 1
		fi
		attempt=$((attempt + 1))
		sleep 3
	done
}

namespace_exists() {
	temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1
}

make_namespace() {
	namespace_exists || temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$retention"
}

# The names and types are those of workflows/names.go. An attribute that exists with its type is
# left as it is; one that exists with another type is an error that only a person can mend.
register_attributes() {
	temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
		--name InvoiceRef --type Keyword \
		--name CustomerRef --type Keyword \
		--name CollectionStage --type Keyword \
		--name Paused --type Bool \
		--name NextActionAt --type Datetime \
		--name DueDate --type Datetime \
		--name AmountMinor --type Int \
		--name Currency --type Keyword
}

attributes_known() {
	known=$(temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE") || return 1
	for name in InvoiceRef CustomerRef CollectionStage Paused NextActionAt DueDate AmountMinor Currency; do
		if ! printf '%s\n' "$known" | grep -Eq "^[[:space:]]*$name[[:space:]]"; then
			echo "setup: search attribute $name is not known yet" >&2
			return 1
		fi
	done
}

again temporal operator cluster health
again make_namespace
again temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$retention"
again register_attributes
again attributes_known
echo "setup: namespace $TEMPORAL_NAMESPACE is ready"
