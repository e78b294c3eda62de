import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Base64;

/** Asks by the virtual machine's own HTTP client. Usage: java Ask.java ACCOUNT TOKEN URL. The body on stdout. */
class Ask {
    public static void main(String[] words) throws Exception {
        HttpURLConnection asked = (HttpURLConnection) URI.create(words[2]).toURL().openConnection();
        String pair = Base64.getEncoder().encodeToString((words[0] + ":" + words[1]).getBytes());
        asked.setRequestProperty("Authorization", "Basic " + pair);
        asked.getInputStream().transferTo(System.out);
        System.out.flush();
    }
}
