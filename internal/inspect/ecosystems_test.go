package inspect_test

import (
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine/enginetest/tiny"
	"github.com/petri-dev/petri/internal/witness"
)

//go:embed testdata/ecosystems.sh
var ecosystemsScript []byte

// TestEcosystems holds what the witness reads of a real image, with packages of every ecosystem
// that Debian can install, against what the ecosystems' own tools say: row by row.
func TestEcosystems(t *testing.T) {
	tiny.Docker(t)
	image := ecosystemsImage(t)
	folder := t.TempDir()
	must(t, os.Chmod(folder, 0o777))
	must(t, witness.WriteSpec(folder, witness.Spec{Inspect: true, UID: -1, GID: -1}))
	dockerRun(t, "-v", tiny.Witness(t)+":"+witness.BinaryPath+":ro", "-v", folder+":"+witness.FolderPath, "--network", "none", image, witness.BinaryPath)
	list, err := witness.ReadPackages(folder, witness.PackagesAfterFile)
	must(t, err)
	facts, err := witness.ReadFacts(folder)
	must(t, err)
	for name, tools := range map[string]func(*testing.T, string) []string{
		"deb": dpkgSays, "rpm": rpmQuerySays, "python": pythonSays, "r": rSays, "npm": npmSays,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := tools(t, image)
			if len(want) < 4 {
				t.Fatalf("the tools list no more than %q", want)
			}
			if diff := cmp.Diff(want, rowsOf(list, name)); diff != "" {
				t.Errorf("-the tools +read\n%s", diff)
			}
		})
	}
	t.Run("pip", func(t *testing.T) { t.Parallel(); pipAgrees(t, image, list) })
	t.Run("facts", func(t *testing.T) { t.Parallel(); factsAgree(t, image, facts) })
}

// ecosystemsImage makes the image, or finds the one that this script made before.
func ecosystemsImage(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("petri-test/ecosystems:%x", sha256.Sum256(ecosystemsScript))[:36]
	if exec.Command("docker", "image", "inspect", name).Run() == nil {
		return name
	}
	if exec.Command("docker", "image", "inspect", "petri-base/bookworm").Run() != nil {
		without(t, "needs petri-base/bookworm (scripts/bases)")
	}
	script, err := filepath.Abs("testdata/ecosystems.sh")
	must(t, err)
	container := fmt.Sprintf("petri-test-ecosystems-%d", os.Getpid())
	arguments := []string{"run", "--name", container, "-v", script + ":/ecosystems.sh:ro"}
	bundle := os.Getenv("SSL_CERT_FILE") // behind a company's proxy
	if bundle == "" {
		bundle = "/etc/ssl/certs/ca-certificates.crt"
	}
	if _, err := os.Stat(bundle); err == nil {
		arguments = append(arguments, "-v", bundle+":/ca.crt:ro", "-e", "PIP_CERT=/ca.crt", "-e", "NODE_EXTRA_CA_CERTS=/ca.crt")
	}
	t.Cleanup(func() { _ = exec.Command("docker", "rm", "-f", container).Run() })
	begun := time.Now()
	out, err := exec.Command("docker", append(arguments, "petri-base/bookworm", "sh", "/ecosystems.sh")...).CombinedOutput()
	if err != nil {
		without(t, fmt.Sprintf("the image could not be made: %v\n%s", err, out[max(0, len(out)-2000):]))
	}
	out, err = exec.Command("docker", "commit", container, name).CombinedOutput()
	if err != nil {
		t.Fatalf("%s", out)
	}
	t.Logf("%s made in %s", name, time.Since(begun).Round(time.Second))
	return name
}

// without ends a test that lacks something: it fails where CI=true says that all is there.
func without(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

func dockerRun(t *testing.T, arguments ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "docker", append([]string{"run", "--rm"}, arguments...)...)
	var says strings.Builder
	cmd.Stderr = &says
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("docker run %s: %v\n%s%s", strings.Join(arguments, " "), err, out, says.String())
	}
	return string(out)
}

// inside runs a command in the image and gives its output's lines.
func inside(t *testing.T, image string, command ...string) []string {
	t.Helper()
	return strings.Split(strings.TrimSpace(dockerRun(t, append([]string{"--network", "none", "-w", "/work", image}, command...)...)), "\n")
}

// rowsOf are an ecosystem's rows: name, version, and its place where it has one.
func rowsOf(list petri.PackageList, ecosystem string) []string {
	found := []string{}
	for _, p := range list {
		if p.Ecosystem == ecosystem {
			row := p.Name + " " + p.Version
			if ecosystem == "python" || ecosystem == "r" {
				row += " " + p.Location
			}
			if ecosystem == "r" {
				row += " " + p.Origin[strings.Index(p.Origin, "built with"):]
			}
			found = append(found, row)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func dpkgSays(t *testing.T, image string) []string {
	t.Helper()
	want := []string{}
	for _, line := range inside(t, image, "dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Version}\n") {
		if row, ok := strings.CutPrefix(line, "installed "); ok {
			want = append(want, row)
		}
	}
	slices.Sort(want)
	return want
}

func rpmQuerySays(t *testing.T, image string) []string {
	t.Helper()
	want := inside(t, image, "rpm", "--dbpath", "/var/lib/rpm", "-qa", "--qf", `%{name} %|epoch?{%{epoch}:}:{}|%{version}-%{release}\n`)
	slices.Sort(want)
	return want
}

func rSays(t *testing.T, image string) []string {
	t.Helper()
	want := inside(t, image, "Rscript", "-e", `p <- installed.packages(); cat(paste(p[,"Package"], p[,"Version"], p[,"LibPath"], "built with R", p[,"Built"]), sep="\n")`)
	slices.Sort(want)
	return want
}

var interpreters = []string{"/usr/bin/python3", "/opt/venv/bin/python"}

// pythonSays asks each interpreter for all distributions on its path, also those that others hide.
func pythonSays(t *testing.T, image string) []string {
	t.Helper()
	want := []string{}
	for _, python := range interpreters {
		want = append(want, inside(t, image, python, "-c",
			"import importlib.metadata as m\nfor d in m.distributions(): print(d.metadata['Name'], d.version, d._path.parent)")...)
	}
	for i := range want { // an egg is a folder or archive of its own, in a library
		want[i] = inLibrary(want[i])
	}
	slices.Sort(want)
	return slices.Compact(want)
}

func inLibrary(row string) string {
	if at := strings.LastIndexByte(row, ' '); strings.HasSuffix(strings.TrimSuffix(row, "/"), ".egg") {
		return row[:at+1] + path.Dir(strings.TrimSuffix(row[at+1:], "/"))
	}
	return row
}

// pipAgrees checks that what pip lists is there, where pip says.
func pipAgrees(t *testing.T, image string, list petri.PackageList) {
	t.Helper()
	have := rowsOf(list, "python")
	for _, python := range interpreters {
		var found []struct{ Name, Version, Location string }
		must(t, json.Unmarshal([]byte(inside(t, image, python, "-m", "pip", "list", "-v", "--format=json", "--disable-pip-version-check")[0]), &found))
		for _, p := range found {
			if row := inLibrary(p.Name + " " + p.Version + " " + p.Location); !slices.Contains(have, row) {
				t.Errorf("%s: pip lists %s, which was not read", python, row)
			}
		}
		if len(found) < 3 {
			t.Errorf("%s: pip lists only %v", python, found)
		}
	}
}

type npmTree struct {
	Version      string
	Dependencies map[string]npmTree
}

func (n npmTree) rows(into map[string]bool) {
	for name, below := range n.Dependencies {
		if below.Version != "" {
			into[name+" "+below.Version] = true
		}
		below.rows(into)
	}
}

func npmSays(t *testing.T, image string) []string {
	t.Helper()
	found := map[string]bool{}
	for _, where := range []string{"--global", "--no-global"} {
		var tree npmTree
		must(t, json.Unmarshal([]byte(strings.Join(inside(t, image, "npm", "ls", where, "--all", "--json"), "\n")), &tree))
		tree.rows(found)
	}
	return slices.Sorted(maps.Keys(found))
}

// factsAgree asks the programs themselves.
func factsAgree(t *testing.T, image string, facts petri.Facts) {
	t.Helper()
	line := func(command ...string) string { return inside(t, image, command...)[0] }
	want := []string{
		"distribution " + line("sh", "-c", `. /etc/os-release; echo "$PRETTY_NAME"`),
		"libc glibc " + line("sh", "-c", `getconf GNU_LIBC_VERSION | cut -d' ' -f2`),
		"python " + line("python3", "-c", `import platform,os,sys; print(platform.python_version(), "("+os.path.realpath(sys.executable)+")")`),
		"r " + line("Rscript", "-e", `cat(as.character(getRversion()), paste0("(", R.home(), ")"))`),
		"node " + strings.TrimPrefix(line("node", "--version"), "v") + " (" + line("readlink", "-f", "/usr/bin/node") + ")",
		"locale C", "time_zone " + line("sh", "-c", "readlink -f /etc/localtime | sed s,.*zoneinfo/,,"),
		"lapack openblas 0.3.21 pthread (" + line("readlink", "-f", "/usr/lib/x86_64-linux-gnu/liblapack.so.3") + ")",
		"blas openblas 0.3.21 pthread (" + line("Rscript", "-e", `cat(extSoftVersion()[["BLAS"]])`) + ")",
		"blas openblas " + line("/opt/venv/bin/python", "-c", `import numpy; print(numpy.show_config("dicts")["Build Dependencies"]["blas"]["version"])`) +
			" (" + line("/opt/venv/bin/python", "-c", `import glob; print(glob.glob("/opt/venv/lib/python3*/site-packages/numpy.libs/*openblas*")[0])`) + ")",
	}
	if used := line("Rscript", "-e", `cat(La_library())`); used != "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblasp-r0.3.21.so" {
		t.Errorf("R uses the LAPACK of %s", used)
	}
	slices.Sort(want)
	got := []string{}
	for _, f := range facts {
		got = append(got, f.Name+" "+f.Value)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-the programs +read\n%s", diff)
	}
}
