# Required before a suite of Stripe's samples (ruby -r), which stays as it is: where its browser and its SDK find Stripe.
#
# BROWSER_FLAGS are lines. What the suite names itself (SELENIUM_URL, SERVER_URL, DOMAIN) is in its environment.
require "selenium-webdriver"
require "socket"
require "stripe"

Stripe.api_base = ENV.fetch("REDIRECT_STRIPE_TO")

Selenium::WebDriver::Chrome::Options.prepend(Module.new do
  def initialize(**options)
    super
    ENV.fetch("BROWSER_FLAGS").each_line(chomp: true) { |flag| add_argument(flag) }
  end
end)

# The suite names a private address of its machine for a server that it never starts. Not every machine has one.
Socket.singleton_class.prepend(Module.new do
  def ip_address_list
    super + [Addrinfo.ip("10.0.0.1")]
  end
end)
