package access_test

import (
	"context"
	"regexp"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

func caller(name string, admin bool) access.Caller {
	return access.Caller{User: petri.User{Name: name, Admin: admin}}
}

func TestMay(t *testing.T) {
	tests := []struct {
		name       string
		caller     access.Caller
		visibility petri.Visibility
		see, edit  bool
	}{
		{"owner", caller("alice", false), petri.Private, true, true},
		{"administrator", caller("root", true), petri.Private, true, true},
		{"somebody, private", caller("bob", false), petri.Private, false, false},
		{"somebody, team", caller("bob", false), petri.Team, false, false},
		{"somebody, everyone", caller("bob", false), petri.Everyone, true, false},
		{"nobody", access.Caller{}, petri.Everyone, false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := access.CanSee(test.caller, "alice", test.visibility); got != test.see {
				t.Errorf("CanSee = %v", got)
			}
			if got := access.CanEdit(test.caller, "alice"); got != test.edit {
				t.Errorf("CanEdit = %v", got)
			}
			for _, err := range []error{access.MayEdit(test.caller, "alice", "project alice/p"), access.MayOwn(test.caller, "alice")} {
				if (err == nil) != test.edit || err != nil && petri.KindOf(err) != petri.Denied {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}

func TestTokens(t *testing.T) {
	ctx := context.Background()
	db, err := store.Open(ctx, ":memory:", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	full := petri.Errorf(petri.Exhausted, "the disk is full")
	if made, err := access.FirstAdministrator(ctx, db, "root", func(string) error { return full }); made || petri.KindOf(err) != petri.Exhausted {
		t.Errorf("a token that could not be kept: made %v, %v", made, err)
	}
	var token string
	keep := func(made string) error { token = made; return nil }
	if made, err := access.FirstAdministrator(ctx, db, "root", keep); !made || err != nil {
		t.Fatalf("made %v, %v", made, err)
	}
	if !regexp.MustCompile(`^ptr_[0-9A-Za-z]{32}$`).MatchString(token) {
		t.Errorf("token %q", token)
	}
	c, err := access.Authenticate(ctx, db, token)
	if err != nil || c.User.Name != "root" || !c.User.Admin {
		t.Errorf("got %+v, %v", c, err)
	}
	if made, err := access.FirstAdministrator(ctx, db, "root", keep); made || err != nil {
		t.Errorf("a second administrator: %v, %v", made, err)
	}
	second, err := access.Issue(ctx, db, c.User, "laptop")
	if err != nil || second == token {
		t.Fatalf("issue: %q, %v", second, err)
	}
	if _, err := access.Authenticate(ctx, db, second); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "ptr_", token + "x", "nonsense\x00"} {
		if _, err := access.Authenticate(ctx, db, bad); petri.KindOf(err) != petri.Unauthenticated {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := access.FirstAdministrator(ctx, db, "Not A Name", keep); petri.KindOf(err) != petri.Invalid {
		t.Errorf("bad name: %v", err)
	}
}
