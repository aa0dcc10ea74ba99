package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scenarioFields holds the JSON that the last command printed to what scripts rely on:
//
//	fields NAME=KIND...
//
// Each field has to be there, be it null, and be of the kind: string, number, bool, array,
// object, digest, time (UTC, microseconds), or several as in time|null. A list is held to it
// in each of its elements, of which there has to be one; so is a.b for the field b of the
// elements of a.
func scenarioFields(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: fields NAME=KIND...")
	}
	var value any
	if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &value); err != nil {
		ts.Fatalf("what was printed is not JSON: %v", err)
	}
	for _, arg := range args {
		path, kinds, found := strings.Cut(arg, "=")
		if !found {
			ts.Fatalf("%q is no NAME=KIND", arg)
		}
		if err := checkField(value, strings.Split(path, "."), strings.Split(kinds, "|")); err != nil {
			ts.Fatalf("%s: %v", path, err)
		}
	}
}

func checkField(value any, path, kinds []string) error {
	if list, ok := value.([]any); ok && len(path) > 0 {
		if len(list) == 0 {
			return fmt.Errorf("there is no element that could have it")
		}
		for _, element := range list {
			if err := checkField(element, path, kinds); err != nil {
				return err
			}
		}
		return nil
	}
	if len(path) == 0 {
		for _, kind := range kinds {
			if isKind(value, kind) {
				return nil
			}
		}
		return fmt.Errorf("%v is not of kind %s", value, strings.Join(kinds, " or "))
	}
	object, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("%v has no fields", value)
	}
	field, ok := object[path[0]]
	if !ok {
		return fmt.Errorf("there is no such field")
	}
	return checkField(field, path[1:], kinds)
}

var (
	digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	idForm     = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

func isKind(value any, kind string) bool {
	switch v := value.(type) {
	case nil:
		return kind == "null"
	case bool:
		return kind == "bool"
	case float64:
		return kind == "number"
	case []any:
		return kind == "array"
	case map[string]any:
		return kind == "object"
	case string:
		switch kind {
		case "string":
			return true
		case "empty":
			return v == ""
		case "digest":
			return digestForm.MatchString(v)
		case "commit":
			return idForm.MatchString(v)
		case "time":
			_, err := time.Parse("2006-01-02T15:04:05.000000Z", v)
			return err == nil
		}
	}
	return false
}
