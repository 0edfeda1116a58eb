// Sends requests with the JDK's own client, which offers HTTP/2 with the first request of a connection.
// Arguments: base URL, API key. Prints one line for each: status, and the start of the body.

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

public class JdkClient {
    public static void main(String[] arguments) throws Exception {
        String payment = "{\"amount\": 1250, \"currency\": \"USD\", \"card\": {\"number\": \"4242424242424242\","
            + " \"exp_month\": 12, \"exp_year\": 2030, \"cvc\": \"123\"}}";
        String[][] requests = {
            {"GET", "/health", "", ""},
            {"POST", "/payments/authorize", "application/json", payment},
            {"POST", "/v1/payment_intents", "application/x-www-form-urlencoded", "amount=1250&currency=usd"},
            {"POST", "/webhooks/stripe", "application/json", "{\"id\": \"evt_1\"}"},
            {"POST", "/webhooks/paypal", "application/json", "{\"id\": \"evt_1\"}"},
        };
        for (String[] request : requests) {
            // A new client each, since a connection offers HTTP/2 only once.
            print(arguments[0], arguments[1], request);
        }
    }

    private static void print(String address, String key, String[] request) throws Exception {
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(address + request[1]));
        if (request[1].startsWith("/v1")) {
            builder.header("Authorization", "Bearer " + key);
        } else {
            builder.header("X-Api-Key", key).header("X-Idempotency-Key", "jdk" + System.nanoTime());
        }
        if (!request[2].isEmpty()) {
            builder.header("Content-Type", request[2]);
        }
        builder.method(request[0], request[3].isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(request[3]));
        var response = HttpClient.newHttpClient().send(builder.build(), BodyHandlers.ofString());
        System.out.println(response.statusCode() + " " + response.body().replace("\n", " "));
    }
}
