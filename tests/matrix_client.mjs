// A person with matrix-js-sdk and its Rust crypto, as Element uses them: orders in as JSON lines, what happens out the same way.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// Node 20 lacks it; matrix-js-sdk asks for it.
Promise.withResolvers ??= () => {
  let resolve, reject;
  const promise = new Promise((yes, no) => ((resolve = yes), (reject = no)));
  return { promise, resolve, reject };
};

const [folder, baseUrl, userId, deviceId, accessToken, password, isolation] = process.argv.slice(2);
const at = createRequire(folder + "/package.json");
const sdk = await import(pathToFileURL(at.resolve("matrix-js-sdk")).href);
const crypto = await import(pathToFileURL(at.resolve("matrix-js-sdk/lib/crypto-api/index.js")).href);
const tell = (what) => process.stdout.write(JSON.stringify(what) + "\n");
const quiet = () => {};
const logger = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet, getChild: () => logger };

const client = sdk.createClient({ baseUrl, userId, deviceId, accessToken, logger });
await client.initRustCrypto({ useIndexedDB: false });
const api = client.getCrypto();
await api.bootstrapCrossSigning({
  authUploadDeviceSigningKeys: (upload) =>
    upload({ type: "m.login.password", identifier: { type: "m.id.user", user: userId }, password }).catch(() => upload(null)),
});
if (isolation === "signed") api.setDeviceIsolationMode(new crypto.OnlySignedDevicesIsolationMode());
if (isolation === "verified") api.globalBlacklistUnverifiedDevices = true;

const show = async (event) => {
  if (event.getType() === "m.room.member") {
    tell({ member: event.getStateKey(), room: event.getRoomId(), membership: event.getContent().membership });
  }
  if (event.getSender() === userId || !["m.room.message", "m.room.encrypted"].includes(event.getType())) return;
  const info = event.isEncrypted() ? await api.getEncryptionInfoForEvent(event) : null;
  tell({
    heard: event.getContent().body ?? "",
    room: event.getRoomId(),
    by: event.getSender(),
    kind: event.getContent().msgtype,
    thread: event.threadRootId ?? "",
    unreadable: event.isDecryptionFailure(),
    shield: info ? info.shieldColour : -1,
    reason: info ? info.shieldReason : null,
  });
};
client.on("event", (event) => {
  if (event.isBeingDecrypted() || event.shouldAttemptDecryption()) event.once("Event.decrypted", show);
  else show(event);
});
await client.startClient({ initialSyncLimit: 20, threadSupport: true });
await new Promise((done) => client.on("sync", (state) => state === "PREPARED" && done()));
tell({ ready: true });

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  try {
    if (order.do === "open") {
      const initial_state = order.encrypted
        ? [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }]
        : [];
      const made = await client.createRoom({ invite: [order.invite], is_direct: true, preset: "trusted_private_chat", initial_state });
      tell({ done: order.id, room: made.room_id });
    } else if (order.do === "say") {
      const sent = await client.sendMessage(order.room, { msgtype: "m.text", body: order.text });
      tell({ done: order.id, event: sent.event_id });
    } else if (order.do === "stop") {
      break;
    }
  } catch (problem) {
    tell({ done: order.id, error: String(problem) });
  }
}
client.stopClient();
process.exit(0);
