//go:build !streaming

package main

import "github.com/containerd/ttrpc"

// ttrpc 1.1 has no streams.

func register(server *ttrpc.Server) { server.Register(service, methods) }

func callStreams(*ttrpc.Client) {}

func openStream(*ttrpc.Client) int { return 0 }
