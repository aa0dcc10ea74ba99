package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// The exit codes. Those of a run are its command's own.
const (
	exitOK      = 0
	exitNo      = 1   // the answer is no: different, failed, not verified
	exitTrouble = 2   // wrong usage, or something went wrong
	exitPetri   = 125 // petri run: Petri itself failed, so the command's own code is not known
	exitAway    = 130 // Ctrl-C: the command was broken off, or left to itself what it followed
)

// exitCode ends the process with a code; Err, unless nil, is told first.
type exitCode struct {
	code int
	err  error
}

func (e *exitCode) Error() string { return fmt.Sprintf("exit code %d", e.code) }
func (e *exitCode) Unwrap() error { return e.err }

// exits is an error that ends the process with code and says nothing.
func exits(code int) error {
	if code == exitOK {
		return nil
	}
	return &exitCode{code: code}
}

// orExit makes err end the process with code; nil stays nil.
func orExit(code int, err error) error {
	var known *exitCode
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &exitCode{code: code, err: err}
}

// exit tells what went wrong and gives the exit code for it.
func (a *app) exit(err error) int {
	code := exitTrouble
	var coded *exitCode
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &coded):
		code, err = coded.code, coded.err
	}
	if errors.Is(err, context.Canceled) {
		code = exitAway
	}
	if err != nil {
		a.tell(err)
	}
	return code
}

// tell prints an error for people, or with --json for programs.
func (a *app) tell(err error) {
	detail := api.ErrorDetail{Kind: string(petri.KindOf(err)), Message: message(err)}
	var request *api.RequestError
	if errors.As(err, &request) {
		detail.RequestID = request.ID
	}
	if a.json || a.wantJSON {
		encoder := json.NewEncoder(a.stderr)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(api.ErrorBody{Error: detail})
		return
	}
	text := a.style(a.stderr).red("petri: ") + detail.Message
	if detail.Kind == string(petri.Internal) && detail.RequestID != "" && !strings.Contains(text, detail.RequestID) {
		text += " (request " + detail.RequestID + ")"
	}
	_, _ = fmt.Fprintln(a.stderr, tame(text))
}

// message is what a person is told. What has no message of ours happened on this machine,
// to this person's own files, so its text is shown as it is.
func message(err error) string {
	var e *petri.Error
	if errors.As(err, &e) {
		return petri.MessageOf(err)
	}
	if petri.KindOf(err) == petri.Canceled {
		return "interrupted"
	}
	return err.Error()
}
