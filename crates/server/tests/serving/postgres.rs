//! Two servers on one PostgreSQL database.

use entente_testkit::postgres::Database;

use crate::http::Client;
use crate::process::{Server, entente, folder, text};

#[test]
fn two_servers_share_one_database() {
    let database = Database::new();
    // Both find the same instance key, as two machines do through data.instance_key.
    let key = folder();
    let start = |name: &str| {
        let data = key.path().join(name);
        let mut command = entente(&["serve", "--data", text(&data), "--http", "127.0.0.1:0"]);
        command
            .env("ENTENTE__DATABASE__POSTGRES", database.url())
            .env("ENTENTE__DATA__INSTANCE_KEY", key.path().join("instance.key"));
        Server::start(&mut command, &key.path().join(format!("{name}.log")), "Listening on")
    };
    let (one, two) = std::thread::scope(|scope| {
        let one = scope.spawn(|| start("one"));
        let two = scope.spawn(|| start("two"));
        (one.join().unwrap(), two.join().unwrap())
    });
    let client = |server: &Server| Client::new(server.word("Listening on"), None).host("localhost:8080");
    let link = |server: &Server| format!("/_setup/{}", server.word("http://localhost:8080/_setup/"));
    for server in [&one, &two] {
        assert_eq!(client(server).get("/readyz").status, 200);
        assert_eq!(client(server).get(&link(server)).status, 200);
    }
    assert_eq!(client(&one).get(&link(&two)).status, 404, "each has a link of its own");
    let first = "name=Halden&domain=halden.example&country=NO&person=Ada&upn=ada%40halden.example\
        &password=a+long+enough+one&again=a+long+enough+one";
    assert_eq!(client(&one).form(&link(&one), first).status, 303);
    assert_eq!(client(&two).get(&link(&two)).status, 404, "what one did the other knows");

    drop(database);
    assert_eq!(client(&one).get("/readyz").status, 503, "without its database it is alive and not ready");
    assert_eq!(client(&one).get("/healthz").status, 200);
    assert_eq!((one.stop().code(), two.stop().code()), (Some(0), Some(0)));
}
