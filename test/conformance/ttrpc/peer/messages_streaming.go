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
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// ttrpc 1.2 marshals with Google's protobuf and has streams.

type Bytes = wrapperspb.BytesValue

// broken encodes to bytes that are no message: field 1 of five bytes, of which none follow.
func broken() interface{} {
	message := &emptypb.Empty{}
	message.ProtoReflect().SetUnknown([]byte{0x0a, 0x05})
	return message
}

func register(server *ttrpc.Server) {
	server.RegisterService(service, &ttrpc.ServiceDesc{
		Methods: methods,
		Streams: map[string]ttrpc.Stream{
			// A number in, that many messages out.
			"Count": {StreamingServer: true, Handler: func(_ context.Context, s ttrpc.StreamServer) (interface{}, error) {
				var in Bytes
				if err := s.RecvMsg(&in); err != nil {
					return nil, err
				}
				count, err := strconv.Atoi(string(in.Value))
				if err != nil {
					return nil, status.Error(codes.InvalidArgument, "not a number")
				}
				for i := 0; i < count; i++ {
					if err := s.SendMsg(&Bytes{Value: []byte("#" + strconv.Itoa(i))}); err != nil {
						return nil, err
					}
				}
				return nil, nil
			}},
			// Messages in, all of them joined out.
			"Join": {StreamingClient: true, Handler: func(_ context.Context, s ttrpc.StreamServer) (interface{}, error) {
				var all []string
				for {
					var in Bytes
					if err := s.RecvMsg(&in); errors.Is(err, io.EOF) {
						return &Bytes{Value: []byte(strings.Join(all, "+"))}, nil
					} else if err != nil {
						return nil, err
					}
					all = append(all, string(in.Value))
				}
			}},
			// Every message comes back; "fail" ends the stream with ABORTED.
			"Chat": {StreamingClient: true, StreamingServer: true, Handler: func(_ context.Context, s ttrpc.StreamServer) (interface{}, error) {
				for {
					var in Bytes
					if err := s.RecvMsg(&in); errors.Is(err, io.EOF) {
						return nil, nil
					} else if err != nil {
						return nil, err
					}
					if string(in.Value) == "fail" {
						return nil, status.Error(codes.Aborted, "as you wish")
					}
					if err := s.SendMsg(&in); err != nil {
						return nil, err
					}
				}
			}},
		},
	})
}

// stream runs the streaming calls against test.Peer.
func stream(client *ttrpc.Client) {
	background := context.Background()
	open := func(method string, fromClient, fromServer bool, in interface{}) (ttrpc.ClientStream, error) {
		desc := &ttrpc.StreamDesc{StreamingClient: fromClient, StreamingServer: fromServer}
		return client.NewStream(background, desc, service, method, in)
	}
	receive := func(s ttrpc.ClientStream) (string, error) {
		var all []string
		for {
			var out Bytes
			if err := s.RecvMsg(&out); errors.Is(err, io.EOF) {
				return strings.Join(all, "+"), nil
			} else if err != nil {
				return strings.Join(all, "+"), err
			}
			all = append(all, string(out.Value))
		}
	}
	run := func(name string, do func() (string, error)) {
		value, err := do()
		report(name, value, err)
	}

	run("count", func() (string, error) {
		s, err := open("Count", false, true, &Bytes{Value: []byte("4")})
		if err != nil {
			return "", err
		}
		return receive(s)
	})
	run("count wrong", func() (string, error) {
		s, err := open("Count", false, true, &Bytes{Value: []byte("x")})
		if err != nil {
			return "", err
		}
		return receive(s)
	})
	run("join", func() (string, error) {
		s, err := open("Join", true, false, nil)
		if err != nil {
			return "", err
		}
		for _, text := range []string{"a", "b", "c"} {
			if err := s.SendMsg(&Bytes{Value: []byte(text)}); err != nil {
				return "", err
			}
		}
		if err := s.CloseSend(); err != nil {
			return "", err
		}
		var out Bytes
		err = s.RecvMsg(&out)
		return string(out.Value), err
	})
	chat := func(texts ...string) func() (string, error) {
		return func() (string, error) {
			s, err := open("Chat", true, true, nil)
			if err != nil {
				return "", err
			}
			var all []string
			for _, text := range texts {
				if err := s.SendMsg(&Bytes{Value: []byte(text)}); err != nil {
					return strings.Join(all, "+"), err
				}
				var out Bytes
				if err := s.RecvMsg(&out); err != nil {
					return strings.Join(all, "+"), err
				}
				all = append(all, string(out.Value))
			}
			if err := s.CloseSend(); err != nil {
				return "", err
			}
			rest, err := receive(s)
			return strings.Join(all, "+") + rest, err
		}
	}
	run("chat", chat("ping", "", "pong"))
	run("chat fail", chat("ping", "fail"))
	run("chat many", func() (string, error) {
		s, err := open("Chat", true, true, nil)
		if err != nil {
			return "", err
		}
		const count = 2000
		sent := make(chan error, 1)
		go func() {
			for i := 0; i < count; i++ {
				if err := s.SendMsg(&Bytes{Value: make([]byte, i)}); err != nil {
					sent <- err
					return
				}
			}
			sent <- s.CloseSend()
		}()
		for i := 0; ; i++ {
			var out Bytes
			if err := s.RecvMsg(&out); errors.Is(err, io.EOF) {
				return strconv.Itoa(i), <-sent
			} else if err != nil {
				return strconv.Itoa(i), err
			}
			if len(out.Value) != i {
				return strconv.Itoa(i), errors.New("out of order")
			}
		}
	})
	run("unknown stream", func() (string, error) {
		s, err := open("Nothing", true, true, nil)
		if err != nil {
			return "", err
		}
		return receive(s)
	})
}
