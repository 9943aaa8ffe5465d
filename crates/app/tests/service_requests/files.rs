//! Files that come with notes.

use entente_app::service_request::{self as requests, attachment};
use entente_app::{Error, Invalid, sweep};
use entente_domain::ids::AttachmentId;
use entente_domain::service_request::attachment::{MAX_PER_REQUEST, MAX_SIZE};
use entente_testkit::for_each_engine;

use crate::world::{World, invalid, text};

#[test]
fn files_come_with_notes_and_leave_with_the_right_to_see_them() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, at) = (&w.test.app, w.customer.id);
        let number = w.open(&w.ali, None).unwrap();
        let mut picture = b"\x89PNG\r\n\x1a\n".to_vec();
        picture.resize(600_000, 7);
        let id = w.upload(&w.ali, number, "../../etc/x.exe", &picture).unwrap();
        assert!(matches!(attachment::file(app, &w.ali, at, number, id), Err(Error::NotFound)), "not sent yet");
        requests::note(app, &w.ali, at, number, text("See the picture."), vec![id]).unwrap();
        let file = attachment::file(app, &w.ingrid, at, number, id).unwrap();
        assert_eq!((file.name.as_str(), file.size), ("x.exe.png", 600_000));
        let mut read = Vec::new();
        for part in 0.. {
            match attachment::part(app, &w.ingrid, at, number, id, part).unwrap() {
                Some(some) => read.extend(some),
                None => break,
            }
        }
        assert!(read == picture, "the content came back as it was");
        assert_eq!(w.view(&w.ingrid, number).unwrap().notes[0].files, [file]);
        // Another request's number does not lead to it, nor another partner.
        let second = w.open(&w.ali, None).unwrap();
        assert!(matches!(attachment::file(app, &w.ali, at, second, id), Err(Error::NotFound)));
        assert!(matches!(attachment::part(app, &w.otto, at, number, id, 0), Err(Error::NotFound)));
        // What somebody else uploaded, or was sent before, goes with no other note.
        let foreign = w.upload(&w.ingrid, number, "a.txt", b"x").unwrap();
        for wrong in [foreign, id, w.test.app.new_id()] {
            let answer = requests::note(app, &w.ali, at, number, text("x"), vec![wrong]);
            invalid(answer, "files", Invalid::NotOffered);
        }
        assert_eq!(w.view(&w.ali, number).unwrap().notes.len(), 1, "a refused note leaves nothing");
    });
}

#[test]
fn files_are_bounded_in_kind_size_number_and_room() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, at) = (&w.test.app, w.customer.id);
        let number = w.open(&w.ali, None).unwrap();
        for (name, content) in [
            ("a.png", &b"PK\x03\x04\0\0"[..]),
            ("a.png", b"MZ\x90\0"),
            ("a.txt", b"\xff\xfe\0a"),
            ("a.txt", b"a\0b"),
            ("a.pdf", b""),
        ] {
            invalid(w.upload(&w.ali, number, name, content), "files", Invalid::FileKind);
        }
        invalid(
            w.upload(&w.ali, number, "a.txt", &vec![b'x'; MAX_SIZE + 1]),
            "files",
            Invalid::FileTooBig { max: MAX_SIZE },
        );
        let six: Vec<AttachmentId> = (0..6).map(|_| w.upload(&w.ali, number, "a.txt", b"x").unwrap()).collect();
        let answer = requests::note(app, &w.ali, at, number, text("x"), six.clone());
        invalid(answer, "files", Invalid::TooManyFiles { max: 5 });
        requests::note(app, &w.ali, at, number, text("x"), six[..5].to_vec()).unwrap();
        // Four whole ones fit beside the small ones, a fifth does not, sent or not.
        let whole = vec![b'x'; MAX_SIZE];
        for _ in 0..4 {
            w.upload(&w.ali, number, "a.txt", &whole).unwrap();
        }
        invalid(w.upload(&w.ingrid, number, "a.txt", &whole), "files", Invalid::NoRoom { max: MAX_PER_REQUEST });
        // What was left behind makes room again after an hour; what was sent stays.
        sweep::run(app).unwrap();
        invalid(w.upload(&w.ingrid, number, "a.txt", &whole), "files", Invalid::NoRoom { max: MAX_PER_REQUEST });
        w.test.clock.advance_seconds(3_601);
        sweep::run(app).unwrap();
        w.upload(&w.ingrid, number, "a.txt", &whole).unwrap();
        assert_eq!(w.view(&w.ali, number).unwrap().notes[0].files.len(), 5);
        let part = attachment::part(app, &w.ali, at, number, six[0], 0).unwrap();
        assert_eq!(part.as_deref(), Some(&b"x"[..]));
        invalid(requests::note(app, &w.ali, at, number, text("x"), vec![six[5]]), "files", Invalid::NotOffered);
    });
}
