# Makes two calls with Debian's Ruby gRPC, which knows nothing of loopy.
#
#   ruby stock_client.rb HOST:PORT
require 'grpc'

RESPONSE_SIZE = 100_000

# Messages as bytes: there is no generated code.
raw = proc { |bytes| bytes }
stub = GRPC::ClientStub.new(ARGV.fetch(0), :this_channel_is_insecure)
call = lambda do |method, request|
  stub.request_response("/grpc.testing.TestService/#{method}", request, raw, raw, deadline: Time.now + 20)
end

call.call('EmptyCall', '')
# SimpleRequest with response_size (field 2, a varint).
response = call.call('UnaryCall', "\x10\xa0\x8d\x06".b)
abort "the response has #{response.bytesize} bytes" if response.bytesize < RESPONSE_SIZE
puts 'calls: 2'
