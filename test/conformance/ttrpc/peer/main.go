// A peer for the conformance tests, built on containerd's own ttrpc library in the version a Debian release ships.
//
//	peer server SOCKET   serve test.Peer; prints "ready" and serves until its standard input ends
//	peer client SOCKET   make every call of client.go to test.Peer; prints one JSON object a line
package main

import (
	"errors"
	"fmt"
	"os"
)

const service = "test.Peer"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 2 && args[0] == "server" {
		return serve(args[1])
	}
	if len(args) == 2 && args[0] == "client" {
		return callAll(args[1])
	}
	return errors.New("usage: peer server|client SOCKET")
}
