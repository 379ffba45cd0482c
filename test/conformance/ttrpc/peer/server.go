package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/containerd/ttrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func serve(path string) error {
	server, err := ttrpc.NewServer()
	if err != nil {
		return err
	}
	register(server)
	listener, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	fmt.Println("ready")
	if err := server.Serve(context.Background(), listener); !errors.Is(err, ttrpc.ErrServerClosed) {
		return err
	}
	return nil
}

// The unary methods of test.Peer; ../peer-service.ts has the same.
var methods = map[string]ttrpc.Method{
	"Echo": method(func(_ context.Context, in []byte) ([]byte, error) { return in, nil }),
	// "CODE text" is answered with that status and text.
	"Fail": method(func(_ context.Context, in []byte) ([]byte, error) { return nil, statusOf(in).Err() }),
	// The same, with a detail.
	"FailInDetail": method(func(_ context.Context, in []byte) ([]byte, error) {
		answer := statusOf(in).Proto()
		answer.Details = grow(answer.Details)
		answer.Details[0].TypeUrl = "test.Detail"
		answer.Details[0].Value = []byte{0, 1, 0xff}
		return nil, status.ErrorProto(answer)
	}),
	"Plain": method(func(_ context.Context, in []byte) ([]byte, error) { return nil, errors.New(string(in)) }),
	// The milliseconds left until the deadline, or "none".
	"Deadline": method(func(ctx context.Context, _ []byte) ([]byte, error) {
		deadline, ok := ctx.Deadline()
		if !ok {
			return []byte("none"), nil
		}
		return []byte(strconv.FormatInt(time.Until(deadline).Milliseconds(), 10)), nil
	}),
	// Every key and its values, sorted by key.
	"Metadata": method(func(ctx context.Context, _ []byte) ([]byte, error) {
		md, _ := ttrpc.GetMetadata(ctx)
		var pairs []string
		for key, values := range md {
			pairs = append(pairs, key+"="+strings.Join(values, ","))
		}
		sort.Strings(pairs)
		return []byte(strings.Join(pairs, ";")), nil
	}),
	// That many bytes.
	"Big": method(func(_ context.Context, in []byte) ([]byte, error) {
		size, err := strconv.Atoi(string(in))
		return make([]byte, size), err
	}),
	"Hang": method(func(ctx context.Context, _ []byte) ([]byte, error) {
		open.add(1)
		defer open.add(-1)
		<-ctx.Done()
		return nil, ctx.Err()
	}),
	// Answers when exactly that many calls of Hang and Chat are open.
	"AwaitOpen": method(func(ctx context.Context, in []byte) ([]byte, error) {
		count, err := strconv.Atoi(string(in))
		if err != nil {
			return nil, err
		}
		return in, open.await(ctx, count)
	}),
}

// method makes a unary method of a function over bytes.
func method(answer func(ctx context.Context, in []byte) ([]byte, error)) ttrpc.Method {
	return func(ctx context.Context, unmarshal func(interface{}) error) (interface{}, error) {
		var in Bytes
		if err := unmarshal(&in); err != nil {
			return nil, err
		}
		out, err := answer(ctx, in.Value)
		if err != nil {
			return nil, err
		}
		return &Bytes{Value: out}, nil
	}
}

func statusOf(in []byte) *status.Status {
	code, text, _ := strings.Cut(string(in), " ")
	number, err := strconv.Atoi(code)
	if err != nil {
		return status.New(codes.InvalidArgument, err.Error())
	}
	return status.New(codes.Code(number), text)
}

// grow adds a new element. Its type has no name here: which package has it depends on the library's version.
func grow[T any](list []*T) []*T { return append(list, new(T)) }

// counter is a number whose values can be waited for.
type counter struct {
	mu      sync.Mutex
	count   int
	changed chan struct{}
}

var open = counter{changed: make(chan struct{})}

func (c *counter) add(delta int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count += delta
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *counter) await(ctx context.Context, count int) error {
	for {
		c.mu.Lock()
		isThere, changed := c.count == count, c.changed
		c.mu.Unlock()
		if isThere {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
