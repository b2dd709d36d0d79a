// The server's side of the page: state, deeds of the member, and the live updates.

export const world = {
  member: localStorage.getItem("member") ?? "",
  channel: sessionStorage.getItem("channel") ?? "",
  overview: null,
  messages: new Map(),
  commands: [],
};

export const me = () => world.overview?.people.find((person) => person.id === world.member);
export const locale = () => me()?.locale ?? "en-US";

/** A name or description in the member's language. */
export const local = (item, key) => item[`${key}_localizations`]?.[locale()] ?? item[key] ?? "";

async function answered(response) {
  const answer = await response.json();
  if (answer?.error) throw new Error(answer.error);
  return answer;
}

export const get = async (path, query = {}) =>
  answered(await fetch(`/loopback/${path}?${new URLSearchParams(query)}`));

/** Do something as the member; files are a map from name to File. */
export async function act(path, body, files = {}) {
  const payload = JSON.stringify({ member: world.member, channel: world.channel, ...body });
  const names = Object.keys(files);
  if (!names.length) return answered(await fetch(`/loopback/${path}`, { method: "POST", body: payload }));
  const form = new FormData();
  form.append("payload_json", payload);
  for (const name of names) form.append(name, files[name], files[name].name);
  return answered(await fetch(`/loopback/${path}`, { method: "POST", body: form }));
}

export async function loadCommands() {
  const query = { member: world.member, channel: world.channel };
  const commands = await get("commands", query);
  if (query.member === world.member && query.channel === world.channel) world.commands = commands;
  return world.commands;
}

/** A command as the picker shows it: subcommands become entries of their own. */
export function invocations(commands) {
  const found = [];
  const visit = (root, node, path, names) => {
    const inner = (node.options ?? []).filter((option) => option.type <= 2);
    if (inner.length) inner.forEach((child) => visit(root, child, [...path, child.name], [...names, local(child, "name")]));
    else found.push({ name: path.join(" "), label: names.join(" "), text: local(node, "description"), options: node.options ?? [] });
  };
  for (const root of commands) visit(root, root, [root.name], [local(root, "name")]);
  return found;
}

/** Keeps a WebSocket open, and tells `hear` everything that it says. */
export function listen(hear) {
  let socket = null;
  let pause = 200;
  const look = () => {
    if (socket?.readyState === WebSocket.OPEN && world.member)
      socket.send(JSON.stringify({ member: world.member, channel: world.channel || "0" }));
  };
  const open = () => {
    socket = new WebSocket(`ws://${location.host}/loopback/live`);
    socket.onopen = () => {
      pause = 200;
      look();
    };
    socket.onmessage = (event) => hear(JSON.parse(event.data));
    socket.onclose = () => {
      hear({ type: "offline" });
      setTimeout(open, pause);
      pause = Math.min(pause * 2, 3000);
    };
  };
  open();
  return look;
}
