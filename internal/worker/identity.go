package worker

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/witness"
)

// identity is who a run's command is, in its container.
type identity struct {
	uid, gid int
	home     string
	// container is the user the container itself starts as, and capabilities what it keeps.
	container    string
	capabilities []string
}

// runAs decides it. Where the server is root the witness is root with the few capabilities
// it needs to become somebody else, so that the command can touch neither the witness nor
// the log; elsewhere all are the server's own account, who owns the files. A command is root
// only where its environment says USER root, and then has what installing packages takes.
func runAs(user petri.ImageUser, root bool) identity {
	if !root {
		own := fmt.Sprintf("%d:%d", os.Geteuid(), os.Getegid())
		return identity{uid: os.Geteuid(), gid: os.Getegid(), home: witness.HomePath, container: own}
	}
	who := identity{uid: StoreUID, gid: StoreUID, home: witness.HomePath, container: "0:0"}
	who.capabilities = []string{"CAP_SETUID", "CAP_SETGID", "CAP_KILL"}
	if user.Declared {
		who.uid, who.gid, who.home = user.UID, user.GID, user.Home
	}
	if who.uid == 0 {
		who.capabilities = []string{"CAP_SETUID", "CAP_SETGID", "CAP_KILL", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID"}
	}
	return who
}

// caBundlePath is where runs find the site's certificates.
const caBundlePath = witness.Root + "/ca-bundle.pem"

// caVariables are read by OpenSSL, pip, requests, curl (and R's), Node and git.
var caVariables = []string{"SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO"}

// threadVariables keep numerical libraries from starting a thread for every CPU of the
// machine when the run has been given fewer.
var threadVariables = []string{"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "BLIS_NUM_THREADS"}

// witnessSpec is what the witness is asked to do. What the user set comes last and wins.
func (a *attempt) witnessSpec(who identity) witness.Spec {
	vars := map[string]string{}
	if a.CABundle != "" {
		for _, name := range caVariables {
			vars[name] = caBundlePath
		}
	}
	maps.Copy(vars, a.Proxies)
	threads := strconv.Itoa(max(1, int(a.run.Spec.CPUs)))
	for _, name := range threadVariables {
		vars[name] = threads
	}
	vars["HOME"] = who.home
	vars["PETRI_RUN"] = a.run.Ref.String()
	vars["PETRI_ENVIRONMENT"] = a.run.Environment.String()
	vars["PETRI_COMMIT"] = string(a.run.Commit)
	maps.Copy(vars, a.run.Spec.Variables)
	spec := witness.Spec{
		Command: a.run.Spec.Command, Dir: witness.WorkPath, UID: who.uid, GID: who.gid,
		Timeout: a.run.Spec.Timeout, Grace: a.Grace,
	}
	if !a.Root {
		spec.UID, spec.GID = -1, -1
	}
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		spec.Env = append(spec.Env, name+"="+vars[name])
	}
	return spec
}
