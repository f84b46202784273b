# Makes a call with Debian's Ruby gRPC to a server in the same process. Prints the
# call's user-agent, which has the name of the client's transport.
require 'grpc'

# A message: bytes. There is no generated code.
class Bytes < String
  def self.encode(bytes)
    bytes
  end

  def self.decode(bytes)
    Bytes.new(bytes)
  end
end

class Service
  include GRPC::GenericService
  self.service_name = 'loopy.Test'
  self.marshal_class_method = :encode
  self.unmarshal_class_method = :decode
  rpc :Call, Bytes, Bytes

  def call(_request, call)
    Bytes.new(call.metadata['user-agent'])
  end
end

server = GRPC::RpcServer.new
port = server.add_http2_port('127.0.0.1:0', :this_port_is_insecure)
server.handle(Service)
serving = Thread.new { server.run }
abort 'the server did not start' unless server.wait_till_running(10)

stub = Service.rpc_stub_class.new("127.0.0.1:#{port}", :this_channel_is_insecure)
puts stub.call(Bytes.new('x'), deadline: Time.now + 20)
server.stop
serving.join
