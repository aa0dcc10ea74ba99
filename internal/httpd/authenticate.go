package httpd

import (
	"context"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
)

type callerKey struct{}

// callerOf is who makes the request; the zero Caller in public operations.
func callerOf(ctx context.Context) access.Caller {
	caller, _ := ctx.Value(callerKey{}).(access.Caller)
	return caller
}

// authenticate finds out who asks before anything of the request is looked at.
func (s *server) authenticate(ctx huma.Context, next func(huma.Context)) {
	token, err := bearer(ctx.Header("Authorization"))
	var caller access.Caller
	if err == nil {
		caller, err = access.Authenticate(ctx.Context(), s.DB, token)
	}
	if err != nil {
		r, w := humago.Unwrap(ctx)
		writeError(w, r, err)
		return
	}
	notesOf(ctx.Context()).user = caller.User.Name
	next(huma.WithValue(ctx, callerKey{}, caller))
}

func bearer(header string) (string, error) {
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	if header == "" || token == "" || !strings.EqualFold(scheme, "Bearer") {
		return "", petri.Errorf(petri.Unauthenticated, "this needs a token: sign in with petri login URL")
	}
	return token, nil
}
