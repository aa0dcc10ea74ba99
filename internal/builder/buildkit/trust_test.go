package buildkit_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/petri-dev/petri/internal/builder"
	"github.com/petri-dev/petri/internal/builder/buildkit"
)

// A bundle and a proxy are there while a command runs, and nowhere in what it leaves.
func TestTrustLeavesNoTrace(t *testing.T) {
	bundle := write(t, t.TempDir(), "ca.pem", "-----BEGIN CERTIFICATE-----\nMARKER-OF-THE-SITE\n-----END CERTIFICATE-----\n")
	b := newBuilder(t, buildkit.Config{CABundle: bundle, BuildArgs: map[string]string{"HTTP_PROXY": "http://proxy-of-the-site.invalid:3128"}})
	image, events, err := makeImage(t, b, builder.Request{NoCache: true, Instructions: `RUN grep -q MARKER "$SSL_CERT_FILE" "$PIP_CERT" "$CURL_CA_BUNDLE" && test "$HTTP_PROXY" = http://proxy-of-the-site.invalid:3128
RUN ["sh", "-c", "grep -q MARKER $GIT_SSL_CAINFO && grep -q $SSL_CERT_FILE $APT_CONFIG && apt-config dump | grep 'CAInfo.*ca.pem'"]
ENV SSL_CERT_FILE=/own
RUN test "$SSL_CERT_FILE" = /own && echo fine > /left
USER nobody
RUN grep -c MARKER "$REQUESTS_CA_BUNDLE"`})
	if err != nil {
		t.Fatalf("%v\n%+v", err, events)
	}
	saved, err := exec.Command("docker", "save", image.Name).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, trace := range []string{"MARKER-OF-THE-SITE", "petri-trust", "REQUESTS_CA_BUNDLE=", "proxy-of-the-site.invalid:3128\""} {
		if strings.Contains(string(saved), trace) {
			t.Errorf("the image holds %q", trace)
		}
	}
	if got := in(t, image.Name, "sh", "-c", "ls -A /run /dev; env"); strings.Contains(got, "petri") || strings.Contains(got, "secrets") || strings.Contains(got, "PROXY") {
		t.Errorf("a run sees %q", got)
	}
	// The layer of a command that writes one file holds that file only.
	plain, _, err := makeImage(t, newBuilder(t, buildkit.Config{}), builder.Request{NoCache: true, Instructions: "RUN echo fine > /left"})
	if err != nil {
		t.Fatal(err)
	}
	lent, _, err := makeImage(t, b, builder.Request{NoCache: true, Instructions: "RUN echo fine > /left"})
	if err != nil {
		t.Fatal(err)
	}
	if lent.Bytes != plain.Bytes {
		t.Errorf("%d bytes with a bundle, %d without", lent.Bytes, plain.Bytes)
	}
}

// Needs the package index: it runs where the site's bundle is known, as in make test.
func TestInstallOverHTTPS(t *testing.T) {
	const bundle = "/etc/ssl/certs/ca-certificates.crt"
	if _, err := os.Stat(bundle); err != nil {
		t.Skip("this machine has no bundle of certificates")
	}
	if testing.Short() {
		t.Skip("fetches packages")
	}
	if err := exec.Command("curl", "-sfo", "/dev/null", "--max-time", "10", "https://pypi.org/simple/six/").Run(); err != nil {
		t.Skipf("pypi.org does not answer: %v", err)
	}
	image, events, err := makeImage(t, newBuilder(t, buildkit.Config{CABundle: bundle}), builder.Request{Instructions: `RUN apt-get update -q && apt-get install -y -q --no-install-recommends python3-pip
RUN pip install --break-system-packages six`})
	if err != nil {
		t.Fatalf("%v\n%+v", err, events)
	}
	if got := in(t, image.Name, "python3", "-c", "import six; print(six.__name__)"); got != "six\n" {
		t.Errorf("got %q", got)
	}
}
