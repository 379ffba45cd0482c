package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/containerd/ttrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// callAll makes every call; what is expected of each is in ../ttrpc.test.ts.
func callAll(path string) error {
	client, err := dial(path)
	if err != nil {
		return err
	}
	callUnary(client)
	callSizes(client)
	report("concurrent", strconv.Itoa(concurrent(client, 500)), nil)
	callStreams(client)
	report("connections", strconv.Itoa(connections(path, 8, 50)), nil)
	if err := leave(path, client); err != nil {
		return err
	}
	return stay(client)
}

// result is one line of output: what a call came to.
type result struct {
	Name    string   `json:"name"`
	Code    string   `json:"code"`
	Message string   `json:"message,omitempty"`
	Details []string `json:"details,omitempty"`
	Value   string   `json:"value,omitempty"`
}

// report prints a result; code "error" means an error that is no status.
func report(name, value string, err error) {
	line := result{Name: name, Code: "OK", Value: value}
	if err != nil {
		line.Code, line.Message = "error", err.Error()
	}
	// An error may wrap the status.
	for ; err != nil; err = errors.Unwrap(err) {
		if st, ok := status.FromError(err); ok {
			line.Code, line.Message = st.Code().String(), st.Message()
			for _, detail := range st.Proto().GetDetails() {
				line.Details = append(line.Details, fmt.Sprintf("%s %x", detail.TypeUrl, detail.Value))
			}
			break
		}
	}
	text, _ := json.Marshal(line)
	fmt.Println(string(text))
}

func dial(path string) (*ttrpc.Client, error) {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return nil, err
	}
	return ttrpc.NewClient(conn), nil
}

func call(ctx context.Context, client *ttrpc.Client, method string, in []byte) ([]byte, error) {
	var out Bytes
	err := client.Call(ctx, service, method, &Bytes{Value: in}, &out)
	return out.Value, err
}

func callUnary(client *ttrpc.Client) {
	background := context.Background()
	text := func(name, method, in string) {
		out, err := call(background, client, method, []byte(in))
		report(name, string(out), err)
	}
	text("echo", "Echo", "hello")
	text("echo empty", "Echo", "")
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		text(fmt.Sprintf("fail %d", code), "Fail", fmt.Sprintf("%d it said no: %d", code, code))
	}
	text("fail in detail", "FailInDetail", "9 see the detail")
	text("plain", "Plain", "just an error")
	text("unknown method", "Nothing", "")
	report("unknown service", "", client.Call(background, "test.Nobody", "Echo", &Bytes{}, &Bytes{}))
	report("undecodable payload", "", client.Call(background, service, "Echo", broken(), &Bytes{}))

	text("no deadline", "Deadline", "")
	ctx, cancel := context.WithTimeout(background, time.Minute)
	out, err := call(ctx, client, "Deadline", nil)
	report("deadline", string(out), err)
	cancel()
	ctx, cancel = context.WithTimeout(background, 50*time.Millisecond)
	_, err = call(ctx, client, "Hang", nil)
	report("past deadline", "", err)
	cancel()
	text("after deadline", "AwaitOpen", "0")

	md := ttrpc.MD{}
	md.Set("Containerd-Namespace-Ttrpc", "k8s.io")
	md.Append("trace", "one", "two")
	out, err = call(ttrpc.WithMetadata(background, md), client, "Metadata", nil)
	report("metadata", string(out), err)
}

// Bytes around a value in a frame: its tag and length in the Bytes message (1+4), that message's in the Request or
// Response (1+4), and in a request the names of service and method (2+len each).
const (
	mostData         = 4 << 20
	responseOverhead = 10
	requestOverhead  = 10 + 2 + len(service) + 2 + len("Echo")
)

// callSizes sends and asks for the most bytes a frame takes, and one more, which must not cost the connection.
func callSizes(client *ttrpc.Client) {
	sized := func(name, method string, in []byte) {
		out, err := call(context.Background(), client, method, in)
		report(name, strconv.Itoa(len(out)), err)
	}
	number := func(size int) []byte { return []byte(strconv.Itoa(size)) }
	sized("largest request", "Echo", make([]byte, mostData-requestOverhead))
	sized("oversize request", "Echo", make([]byte, mostData-requestOverhead+1))
	sized("after oversize request", "Echo", make([]byte, 3))
	sized("largest response", "Big", number(mostData-responseOverhead))
	sized("oversize response", "Big", number(mostData-responseOverhead+1))
	sized("after oversize response", "Echo", make([]byte, 3))
}

// concurrent runs that many echoes of different sizes at once and counts those that came back right.
func concurrent(client *ttrpc.Client, count int) int {
	var group sync.WaitGroup
	right := make(chan bool, count)
	for i := 0; i < count; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			in := strings.Repeat(strconv.Itoa(i)+" ", i*7)
			out, err := call(context.Background(), client, "Echo", []byte(in))
			right <- err == nil && string(out) == in
		}(i)
	}
	group.Wait()
	close(right)
	total := 0
	for ok := range right {
		if ok {
			total++
		}
	}
	return total
}

// connections runs the echoes over several connections at once.
func connections(path string, clients, calls int) int {
	totals := make(chan int, clients)
	for i := 0; i < clients; i++ {
		go func() {
			client, err := dial(path)
			if err != nil {
				totals <- 0
				return
			}
			defer client.Close()
			totals <- concurrent(client, calls)
		}()
	}
	total := 0
	for i := 0; i < clients; i++ {
		total += <-totals
	}
	return total
}

// leave closes a connection with open calls: the server must end them, and serve the others.
func leave(path string, stays *ttrpc.Client) error {
	leaves, err := dial(path)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() {
		_, err := call(context.Background(), leaves, "Hang", nil)
		ended <- err
	}()
	await := func(name, count string) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		out, err := call(ctx, stays, "AwaitOpen", []byte(count))
		report(name, string(out), err)
	}
	openCalls := strconv.Itoa(1 + openStream(leaves))
	await("before leaving", openCalls)
	leaves.Close()
	report("leaving", "", <-ended)
	await("after leaving", "0")
	return nil
}

// stay has an open call on a connection that the server closes.
func stay(client *ttrpc.Client) error {
	ended := make(chan error, 1)
	go func() {
		_, err := call(context.Background(), client, "Hang", nil)
		ended <- err
	}()
	_, err := call(context.Background(), client, "AwaitOpen", []byte("1"))
	report("before the drop", "", err)
	_, err = call(context.Background(), client, "Drop", nil)
	report("dropping", "", err)
	report("dropped", "", <-ended)
	return nil
}
