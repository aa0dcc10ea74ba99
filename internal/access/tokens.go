package access

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

const (
	tokenPrefix = "ptr_"
	tokenDigits = 32
	base62      = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// NewToken makes a token, to be given away once, and the hash of it, to be kept. It holds
// 190 random bits, so a plain hash is as good as a slow one.
func NewToken() (token string, hash petri.Digest) {
	var b strings.Builder
	b.WriteString(tokenPrefix)
	for range tokenDigits {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(base62))))
		if err != nil {
			panic("access: the system gives no random numbers: " + err.Error()) // crypto/rand itself ends the program
		}
		b.WriteByte(base62[n.Int64()])
	}
	return b.String(), HashToken(b.String())
}

// HashToken is what of a token is kept.
func HashToken(token string) petri.Digest { return petri.DigestBytes([]byte(token)) }

// Authenticate finds who a token belongs to. Kind: unauthenticated.
func Authenticate(ctx context.Context, db *store.DB, token string) (Caller, error) {
	if token == "" {
		return Caller{}, petri.Errorf(petri.Unauthenticated, "this needs a token: sign in with petri login URL")
	}
	var user petri.User
	err := db.View(ctx, func(tx *store.Tx) (err error) {
		user, err = tx.Tokens().UserByHash(HashToken(token))
		return err
	})
	if petri.KindOf(err) == petri.NotFound {
		return Caller{}, petri.Errorf(petri.Unauthenticated, "the token is not valid here, or no more: sign in again with petri login URL")
	}
	if err != nil {
		return Caller{}, fmt.Errorf("look up a token: %w", err)
	}
	return Caller{User: user, Origin: "api"}, nil
}

// Issue makes a token for a user, under a name by which people tell it from others.
func Issue(ctx context.Context, db *store.DB, user petri.User, name string) (token string, err error) {
	token, hash := NewToken()
	err = db.Update(ctx, func(tx *store.Tx) error { return tx.Tokens().Create(user.ID, name, hash) })
	if err != nil {
		return "", fmt.Errorf("keep a token: %w", err)
	}
	return token, nil
}

// FirstAdministrator makes a server's first user and tells whether it did: where there are
// users already it does nothing. keep is given the new user's token before the user is there
// for good: a kept token that no row knows is replaced by the next try, while a user whose
// token nobody has would lock everybody out. Kind invalid for a bad name; keep's errors.
func FirstAdministrator(ctx context.Context, db *store.DB, name string, keep func(token string) error) (made bool, err error) {
	if err := petri.CheckName("user", name); err != nil {
		return false, err
	}
	token, hash := NewToken()
	err = db.Update(ctx, func(tx *store.Tx) error {
		made = false
		users, err := tx.Users().List()
		if err != nil || len(users) > 0 {
			return err
		}
		admin := petri.User{Name: name, Admin: true}
		if err := tx.Users().Create(&admin); err != nil {
			return err
		}
		if err := tx.Tokens().Create(admin.ID, "first administrator", hash); err != nil {
			return err
		}
		made = true
		return keep(token)
	})
	if err != nil {
		return false, fmt.Errorf("make the first administrator: %w", err)
	}
	return made, nil
}
