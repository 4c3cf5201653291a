//! A store out of a backup, and the witnesses that saw its log go on.

use super::*;

#[test]
fn a_witness_keeps_a_restored_store_from_a_second_history() {
    let place = place("restored");
    let (store_dir, again) = (place.join("store"), place.join("again"));
    let mut store = new_store(&store_dir);
    append(&mut store, 3, "told");
    let mut running = witnesses(&place, &store.keys().log, 1);
    ask_all(&store, &running);
    asker().publish(&mut store).expect("published");
    let identity = backstop::backup::Identity::draw().expect("a key");
    let (key, copy) = (place.join("key"), place.join("copy"));
    fs::write(&key, identity.to_file()).expect("written");
    let recipient = identity.recipient().to_string();
    check(&["--store", text(&store_dir), "backup", "--to", text(&copy), "--recipient", &recipient], 0);
    append(&mut store, 2, "told later");
    asker().publish(&mut store).expect("published");
    drop(store);

    check(&["restore", text(&copy), "--into", text(&again), "-i", text(&key)], 0);
    let resume = ["--store", text(&again), "resume", "--none-held", "--asked", "nobody", "--by", "records office"];
    let output = backstop(&resume);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(9), "{said}");
    assert!(said.contains("holds 5 entries and this store 3: entries 3 to 4 are missing"), "{said}");
    check(&["--store", text(&again), "witness", "ask"], 9);
    // A witness that is away says nothing; then the words of a person have to do, and the record says so.
    running.clear();
    check(&resume, 0);
    let shown = check(&["--store", text(&again), "log", "show", "3"], 0);
    assert!(shown.contains("did not answer"), "{shown}");
}
