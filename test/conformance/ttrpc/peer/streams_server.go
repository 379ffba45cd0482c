//go:build streaming

package main

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/containerd/ttrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func register(server *ttrpc.Server) {
	server.RegisterService(service, &ttrpc.ServiceDesc{
		Methods: methods,
		Streams: map[string]ttrpc.Stream{
			"Count": {Handler: count, StreamingServer: true},
			"Join":  {Handler: join, StreamingClient: true},
			"Chat":  {Handler: chat, StreamingClient: true, StreamingServer: true},
		},
	})
}

// count takes a number and sends that many messages.
func count(_ context.Context, stream ttrpc.StreamServer) (interface{}, error) {
	var in Bytes
	if err := stream.RecvMsg(&in); err != nil {
		return nil, err
	}
	count, err := strconv.Atoi(string(in.Value))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, "not a number")
	}
	for i := 0; i < count; i++ {
		if err := stream.SendMsg(&Bytes{Value: []byte("#" + strconv.Itoa(i))}); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// join takes any number of messages and answers with all of them in one.
func join(_ context.Context, stream ttrpc.StreamServer) (interface{}, error) {
	var all []string
	for {
		var in Bytes
		if err := stream.RecvMsg(&in); errors.Is(err, io.EOF) {
			return &Bytes{Value: []byte(strings.Join(all, "+"))}, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, string(in.Value))
	}
}

// chat sends every message back; "fail" ends the stream with ABORTED.
func chat(_ context.Context, stream ttrpc.StreamServer) (interface{}, error) {
	open.add(1)
	defer open.add(-1)
	for {
		var in Bytes
		if err := stream.RecvMsg(&in); errors.Is(err, io.EOF) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		if string(in.Value) == "fail" {
			return nil, status.Error(codes.Aborted, "as you wish")
		}
		if err := stream.SendMsg(&in); err != nil {
			return nil, err
		}
	}
}
