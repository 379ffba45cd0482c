//go:build streaming

package main

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/containerd/ttrpc"
)

// callStreams makes the streaming calls.
func callStreams(client *ttrpc.Client) {
	run := func(name string, do func(*ttrpc.Client) (string, error)) {
		value, err := do(client)
		report(name, value, err)
	}
	run("count", countTo("4"))
	run("count none", countTo("0"))
	run("count wrong", countTo("x"))
	run("join", joinTexts("a", "", "c"))
	run("join none", joinTexts())
	run("chat", chatTexts("ping", "", "pong"))
	run("chat fail", chatTexts("ping", "fail"))
	run("chat many", chatMany)
	run("unknown stream", func(client *ttrpc.Client) (string, error) {
		stream, err := newStream(client, "Nothing", true, true, nil)
		if err != nil {
			return "", err
		}
		return receiveAll(stream)
	})
	run("after the streams", func(client *ttrpc.Client) (string, error) {
		out, err := call(context.Background(), client, "Echo", []byte("still here"))
		return string(out), err
	})
}

// openStream leaves a call of Chat open. Returns how many calls that is.
func openStream(client *ttrpc.Client) int {
	if _, err := newStream(client, "Chat", true, true, nil); err != nil {
		report("open stream", "", err)
	}
	return 1
}

func newStream(client *ttrpc.Client, method string, clientStreams, serverStreams bool, in interface{}) (ttrpc.ClientStream, error) {
	desc := &ttrpc.StreamDesc{StreamingClient: clientStreams, StreamingServer: serverStreams}
	return client.NewStream(context.Background(), desc, service, method, in)
}

// receiveAll joins the messages up to the end of the stream.
func receiveAll(stream ttrpc.ClientStream) (string, error) {
	var all []string
	for {
		var out Bytes
		if err := stream.RecvMsg(&out); errors.Is(err, io.EOF) {
			return strings.Join(all, "+"), nil
		} else if err != nil {
			return strings.Join(all, "+"), err
		}
		all = append(all, string(out.Value))
	}
}

func countTo(number string) func(*ttrpc.Client) (string, error) {
	return func(client *ttrpc.Client) (string, error) {
		stream, err := newStream(client, "Count", false, true, &Bytes{Value: []byte(number)})
		if err != nil {
			return "", err
		}
		return receiveAll(stream)
	}
}

func joinTexts(texts ...string) func(*ttrpc.Client) (string, error) {
	return func(client *ttrpc.Client) (string, error) {
		stream, err := newStream(client, "Join", true, false, nil)
		if err != nil {
			return "", err
		}
		for _, text := range texts {
			if err := stream.SendMsg(&Bytes{Value: []byte(text)}); err != nil {
				return "", err
			}
		}
		if err := stream.CloseSend(); err != nil {
			return "", err
		}
		var out Bytes
		err = stream.RecvMsg(&out)
		return string(out.Value), err
	}
}

// chatTexts sends each text when the one before has come back.
func chatTexts(texts ...string) func(*ttrpc.Client) (string, error) {
	return func(client *ttrpc.Client) (string, error) {
		stream, err := newStream(client, "Chat", true, true, nil)
		if err != nil {
			return "", err
		}
		var all []string
		for _, text := range texts {
			if err := stream.SendMsg(&Bytes{Value: []byte(text)}); err != nil {
				return strings.Join(all, "+"), err
			}
			var out Bytes
			if err := stream.RecvMsg(&out); err != nil {
				return strings.Join(all, "+"), err
			}
			all = append(all, string(out.Value))
		}
		if err := stream.CloseSend(); err != nil {
			return "", err
		}
		rest, err := receiveAll(stream)
		return strings.Join(all, "+") + rest, err
	}
}

// chatMany sends without waiting, so that both sides have much on the way; returns how many came back in order.
func chatMany(client *ttrpc.Client) (string, error) {
	const count = 2000
	stream, err := newStream(client, "Chat", true, true, nil)
	if err != nil {
		return "", err
	}
	sent := make(chan error, 1)
	go func() {
		for i := 0; i < count; i++ {
			if err := stream.SendMsg(&Bytes{Value: make([]byte, i)}); err != nil {
				sent <- err
				return
			}
		}
		sent <- stream.CloseSend()
	}()
	for i := 0; ; i++ {
		var out Bytes
		if err := stream.RecvMsg(&out); errors.Is(err, io.EOF) {
			return strconv.Itoa(i), <-sent
		} else if err != nil {
			return strconv.Itoa(i), err
		}
		if len(out.Value) != i {
			return strconv.Itoa(i), errors.New("out of order")
		}
	}
}
