package runs

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/petri-dev/petri"
)

// Key is the server's Ed25519 key, with which it signs records. It implements the signer
// and verifier of DSSE.
type Key struct {
	private ed25519.PrivateKey
	id      string
}

const pemType = "PRIVATE KEY"

// LoadOrCreateKey reads the key at path (PEM, PKCS #8), or makes one there, mode 0600. A file that
// others may read or that holds something else is refused: kind conflict.
func LoadOrCreateKey(path string) (*Key, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return createKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the server's key: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("look at the server's key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, petri.Errorf(petri.Conflict, "the server's key %s can be read by others: if nobody did, chmod 600 it", path)
	}
	return parseKey(path, text)
}

func parseKey(path string, text []byte) (*Key, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemType {
		return nil, petri.Errorf(petri.Conflict, "%s does not hold the server's key: put the right file back from a backup, or move this one away for a new key", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, petri.Wrap(petri.Conflict, err, "%s does not hold the server's key: put the right file back from a backup, or move this one away for a new key", path)
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, petri.Errorf(petri.Conflict, "%s holds a key, but not an Ed25519 one", path)
	}
	return newKey(private)
}

func newKey(private ed25519.PrivateKey) (*Key, error) {
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return nil, fmt.Errorf("encode the public key: %w", err)
	}
	return &Key{private: private, id: hex.EncodeToString(petri.DigestBytes(der).Sum())}, nil
}

// createKey makes a key and puts it in place whole, so that a crash leaves no half of one.
func createKey(path string) (*Key, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the server's key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("encode the server's key: %w", err)
	}
	if err := writeOnce(path, pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der})); err != nil {
		return nil, fmt.Errorf("keep the server's key: %w", err)
	}
	return newKey(private)
}

func writeOnce(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".server-key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Link(file.Name(), path) // unlike a rename it never replaces a key
}

// Sign signs data.
func (k *Key) Sign(_ context.Context, data []byte) ([]byte, error) {
	return ed25519.Sign(k.private, data), nil
}

// Verify is nil where sig is this key's signature of data.
func (k *Key) Verify(_ context.Context, data, sig []byte) error {
	if !ed25519.Verify(k.private.Public().(ed25519.PublicKey), data, sig) {
		return errors.New("the signature is not this key's")
	}
	return nil
}

// KeyID is the SHA-256 of the public key's DER form, in hexadecimal.
func (k *Key) KeyID() (string, error) { return k.id, nil }

// Public is the public key.
func (k *Key) Public() crypto.PublicKey { return k.private.Public() }

// PublicPEM is the public key as a file, for those who check records without Petri.
func (k *Key) PublicPEM() ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(k.private.Public())
	if err != nil {
		return nil, fmt.Errorf("encode the public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}
