# Asks by Ruby's own HTTP client, by the proxy of the URL's scheme, as the library below the vendor's does.
# Usage: ruby ask.rb ACCOUNT TOKEN URL. The body on stdout.
require "net/http"

account, token, url = ARGV
uri = URI(url)
proxy = uri.find_proxy
asked = Net::HTTP::Get.new(uri)
asked.basic_auth(account, token)
print Net::HTTP.start(uri.host, uri.port, proxy&.host, proxy&.port, use_ssl: true) { |http| http.request(asked).body }
