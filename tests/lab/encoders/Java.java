import de.timroes.axmlrpc.Call;
import de.timroes.axmlrpc.serializer.SerializerHandler;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** aXMLRPC's encoder. The calls stand here, since Java reads no JSON by itself. */
class Java {
    static Map<String, Object> struct(Object... pairs) {
        Map<String, Object> made = new LinkedHashMap<>();
        for (int at = 0; at < pairs.length; at += 2) {
            made.put((String) pairs[at], pairs[at + 1]);
        }
        return made;
    }

    static void print(String name, Object... arguments) throws Exception {
        String body = new Call(new SerializerHandler(0), name, arguments).getXML(false);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        System.out.println(bytes.length);
        System.out.write(bytes);
        System.out.flush();
    }

    public static void main(String[] unused) throws Exception {
        byte[] file = new byte[700];
        for (int at = 0; at < file.length; at++) {
            file[at] = (byte) (at * 7 % 256);
        }
        print("system.listMethods");
        print("pingback.ping", "http://blog.example/a-post/?a=1&b=2", "http://other.example/hello-world/");
        print("wp.getUsersBlogs", "keeper", "pässwört & <more> \"quoted\" 'too'");
        print("wp.getPosts", 1, "keeper", "password", struct("number", 10, "offset", 0), new Object[] {"post_id", "terms"});
        print("wp.newPost", 1, "keeper", "password", struct("post_title", "Grüße — 写真", "post_content",
            "<p>One &amp; two ]]> three</p>\n\n\tfour  ", "sticky", true, "menu_order", -1, "rating", 1.5, "post_excerpt", ""));
        print("metaWeblog.newPost", "1", "keeper", "password", struct("title", "Hello", "description", "<b>bold</b>"), true);
        print("wp.uploadFile", 1, "keeper", "password", struct("name", "a picture.jpg", "bits", file, "overwrite", false));
        print("system.multicall", new Object[] {new Object[] {
            struct("methodName", "wp.getOptions", "params", new Object[] {1, "keeper", "password"}),
            struct("methodName", "wp.getPostFormats", "params", new Object[] {1, "keeper", "password"}),
        }});
    }
}
