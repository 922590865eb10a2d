package api

import (
	"context"
	"strings"

	"maan/internal/dunning"
	"maan/internal/store"
)

// PublishPolicy makes a file the next version of the policy it names.
func (s *server) PublishPolicy(ctx context.Context, r PublishPolicyRequestObject) (PublishPolicyResponseObject, error) {
	who := callerOf(ctx)
	if !who.scope.All {
		return nil, refused(kindForbidden, "Policies are shared: they are published with a key for all creditors.")
	}
	known, err := s.store.PolicyTextPublished(ctx, dunning.ContentHash([]byte(r.Body.Source)))
	if err != nil {
		return nil, err
	}
	policy, version, err := s.service.Publish(ctx, who.now, who.actor, []byte(r.Body.Source))
	if err != nil {
		return nil, err
	}
	row, err := s.store.FindPolicy(ctx, policy.ID, version)
	if err != nil {
		return nil, err
	}
	if known {
		return PublishPolicy200JSONResponse(policyOf(row)), nil
	}
	return PublishPolicy201JSONResponse(policyOf(row)), nil
}

// ListPolicies lists every version.
func (s *server) ListPolicies(ctx context.Context, _ ListPoliciesRequestObject) (ListPoliciesResponseObject, error) {
	rows, err := s.store.FindPolicies(ctx)
	return ListPolicies200JSONResponse{Items: each(rows, policyOf)}, err
}

// GetPolicy reads one version, as JSON or as the file itself.
func (s *server) GetPolicy(ctx context.Context, r GetPolicyRequestObject) (GetPolicyResponseObject, error) {
	row, err := s.store.FindPolicy(ctx, r.Policy, r.Version)
	if err != nil {
		return nil, err
	}
	if strings.Contains(r.Params.Accept, "application/yaml") {
		return GetPolicy200ApplicationYamlResponse{Body: strings.NewReader(row.Source), ContentLength: int64(len(row.Source))}, nil
	}
	return GetPolicy200JSONResponse(policyOf(row)), nil
}

func policyOf(p store.PolicyVersion) Policy {
	return Policy{
		Policy: p.Policy, Version: p.Version, ContentHash: p.ContentHash, PublishedBy: p.PublishedBy, PublishedAt: p.PublishedAt, Source: p.Source,
	}
}
