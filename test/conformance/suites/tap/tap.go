// Package tap prints the results of a test in the Test Anything Protocol, version 13.
//
// runtime-tools' validation imports such a package under a name that Debian does not have; scripts/conformance.sh puts this
// one in its place. It has what the validation calls and nothing else.
package tap

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// T counts the results of one program and prints them on standard output.
type T struct {
	count *int
	todo  string
}

// New returns a T that has counted nothing.
func New() *T {
	return &T{count: new(int)}
}

// Header prints the version, and the plan if count is known (above 0).
func (t *T) Header(count int) {
	fmt.Println("TAP version 13")
	if count > 0 {
		fmt.Printf("1..%d\n", count)
	}
}

// Ok prints one result.
func (t *T) Ok(passed bool, description string) {
	*t.count++
	result := "ok"
	if !passed {
		result = "not ok"
	}
	fmt.Printf("%s %d%s - %s\n", result, *t.count, t.todo, description)
}

// Pass prints a success.
func (t *T) Pass(description string) {
	t.Ok(true, description)
}

// Fail prints a failure.
func (t *T) Fail(description string) {
	t.Ok(false, description)
}

// Skip prints that count results are left out.
func (t *T) Skip(count int, reason string) {
	for i := 0; i < count; i++ {
		*t.count++
		fmt.Printf("ok %d # skip %s\n", *t.count, reason)
	}
}

// Todo returns a T whose results are not expected yet.
func (t *T) Todo() *T {
	return &T{count: t.count, todo: " # TODO"}
}

// AutoPlan prints the plan after the results.
func (t *T) AutoPlan() {
	fmt.Printf("1..%d\n", *t.count)
}

// Diagnostic prints lines for people.
func (t *T) Diagnostic(message string) {
	fmt.Println("# " + strings.ReplaceAll(message, "\n", "\n# "))
}

// Diagnosticf is Diagnostic with a format.
func (t *T) Diagnosticf(format string, arguments ...interface{}) {
	t.Diagnostic(fmt.Sprintf(format, arguments...))
}

// YAML prints details of the last result; JSON is YAML.
func (t *T) YAML(details interface{}) error {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	fmt.Print("  ---\n  ")
	err := encoder.Encode(details)
	fmt.Println("  ...")
	return err
}
