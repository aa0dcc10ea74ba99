package buildkit

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/solver/pb"
)

// Where a site's certificates appear while a command runs. /dev is a file system of the
// container's own, so that not even an empty folder stays in the layer.
const (
	trustFolder = "/dev/petri-trust/"
	bundlePath  = trustFolder + "ca.pem"
	aptPath     = trustFolder + "apt.conf"
	wgetPath    = trustFolder + "wgetrc"
)

// trust lends the site's CA bundle to the commands of a build. An empty one does nothing.
type trust struct {
	files map[string][]byte // by path in the container
}

func newTrust(bundle []byte) *trust {
	if bundle == nil {
		return &trust{}
	}
	return &trust{files: map[string][]byte{
		bundlePath: bundle,
		aptPath:    []byte("Acquire::https::CAInfo \"" + bundlePath + "\";\n"),
		wgetPath:   []byte("ca_certificate = " + bundlePath + "\n"),
	}}
}

// variables by which programs are told of certificates: OpenSSL and Go, pip, requests, curl
// and R, git, Node, cargo, Julia, the AWS tools, conda, Deno, apt and wget.
func (t *trust) variables() []string {
	names := []string{"SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS",
		"CARGO_HTTP_CAINFO", "JULIA_SSL_CA_ROOTS_PATH", "AWS_CA_BUNDLE", "CONDA_SSL_VERIFY", "DENO_CERT"}
	env := make([]string, 0, len(names)+2)
	for _, name := range names {
		env = append(env, name+"="+bundlePath)
	}
	return append(env, "APT_CONFIG="+aptPath, "WGETRC="+wgetPath)
}

// secrets are the files by secret id.
func (t *trust) secrets() map[string][]byte {
	secrets := map[string][]byte{}
	for path, content := range t.files {
		secrets[secretID(path)] = content
	}
	return secrets
}

func secretID(path string) string {
	return "petri-trust-" + strings.TrimPrefix(path, trustFolder)
}

// lend adds the files and variables to one command; what the environment sets itself stays.
func (t *trust) lend(run *pb.ExecOp) {
	if len(t.files) == 0 {
		return
	}
	for _, path := range []string{bundlePath, aptPath, wgetPath} {
		run.Mounts = append(run.Mounts, &pb.Mount{
			Input: int64(pb.Empty), Output: int64(pb.SkipOutput), Dest: path, MountType: pb.MountType_SECRET,
			SecretOpt: &pb.SecretOpt{ID: secretID(path), Mode: 0o444},
		})
	}
	for _, variable := range t.variables() {
		name, _, _ := strings.Cut(variable, "=")
		if !slices.ContainsFunc(run.Meta.Env, func(set string) bool { return strings.HasPrefix(set, name+"=") }) {
			run.Meta.Env = append(run.Meta.Env, variable)
		}
	}
}
