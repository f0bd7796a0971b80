/* The page of the web chat. Words from others become text nodes, never markup.
   What was typed is kept until the server has acknowledged it, and said again after a break. */
(() => {
'use strict';

const $ = (id) => document.getElementById(id);
const page = document.documentElement, body = document.body, scroll = $('scroll'), log = $('log');
const KEPT = 'w', HIDDEN = 'n';  // in sessionStorage: unsent frames; "hide as soon as you can"
const UPLOAD = '/chat/file', MAX_FILE = 20 * 1024 * 1024, MAX_VOICE_SECONDS = 300;
const PARTS = /[^]{1,4096}(?!\S)|[^]{1,4096}/gu;  // of a long text, as one message takes it
const DEAD_LINE_MS = 3000;  // a line that looks open may be dead: in danger nobody waits longer

let state = JSON.parse(body.dataset.state), texts = state.texts;
let chat = null, last = 0, first = 0;  // what is shown: entries first..last of this chat
let question = null;  // the newest one: {number, entry, choices, many, text}
let veiled = state.hidden, wasHidden = state.hidden;
let socket = null, tries = 0, heardAt = 0, retryTimer = 0, ackTimer = 0;
const waiting = new Map();  // id -> {frame, bubble}: said, not acknowledged
const uploads = [];  // {id, file, bubble}: one after the other
let uploading = false, ownFilesSeen = 0;
const answeredUploads = [];  // bubbles of stored files whose entry has not come yet

// -- small tools ---------------------------------------------------------------------------

const make = (tag, name, text) => {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text) element.textContent = text;
  return element;
};
const icon = (name) => {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', '#i-' + name);
  svg.setAttribute('aria-hidden', 'true');
  svg.append(use);
  return svg;
};
const newId = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
};
const plain = (label) => label.replace(/^[\u2000-\u2bff\ud83c-\ud83e\udc00-\udfff\ufe0f]+\s*/, '');
const name = (element, words) => { element.setAttribute('aria-label', words); element.title = words; };
const store = (key, value) => {
  try {
    if (value) sessionStorage.setItem(key, value); else sessionStorage.removeItem(key);
  } catch (error) { /* a private window without storage: what is unsent lives in memory only */ }
};
const stored = (key) => { try { return sessionStorage.getItem(key); } catch (error) { return null; } };

// -- the page's own words --------------------------------------------------------------------

function dress() {
  texts = state.texts;
  page.lang = state.language;
  page.dir = state.direction;
  body.classList.toggle('notes', veiled);
  document.title = $('title').textContent = veiled ? texts.notes : texts.title;
  document.querySelectorAll('[data-command]').forEach((button) => {
    button.querySelector('span').textContent = plain(state.buttons[button.dataset.command]);
  });
  document.querySelector('[data-command=case]').hidden = !state.case;
  $('hide').querySelector('span').textContent = plain(state.buttons.hide);
  log.setAttribute('aria-label', veiled ? texts.notes : texts.log);
  $('text').placeholder = veiled ? texts.write_note : texts.write;
  [$('text'), $('write')].forEach((e) => e.setAttribute('aria-label', $('text').placeholder));
  $('send').querySelector('span').textContent = texts.add_note;
  name($('send'), veiled ? texts.add_note : texts.send);
  name($('attach'), texts.attach);
  name($('record'), texts.record);
  name($('newest'), texts.newest);
  name($('stop'), texts.cancel);
  name($('keep'), texts.send_voice);
  $('recording').textContent = texts.recording;
  $('earlier').textContent = texts.earlier;
  chooseButtons();
}

function status(words) {
  $('status').textContent = words || '';
  $('status').hidden = !words;
}

// -- entries -----------------------------------------------------------------------------------

function show(seq, message) {
  if (seq <= last && seq >= first) return;
  const older = first && seq < first;
  const follows = atEnd();
  const entry = render(message);
  entry.dataset.day = message.at.slice(0, 10);
  entry.dataset.seq = seq;
  const next = older ? Array.from(log.children).find((e) => +e.dataset.seq > seq) : null;
  log.insertBefore(entry, next || null);
  [entry, entry.nextElementSibling].forEach((e) => e && markDay(e));
  if (older) { if (seq === first - 1) { first = seq; $('earlier').hidden = first <= 1; } return; }
  last = seq;
  first = first || seq;
  $('earlier').hidden = first <= 1 || veiled;
  if (message.author === 'worker' && message.kind === 'media') settleUpload();
  if (follows || message.author === 'worker') read(); else $('newest').hidden = veiled;
}

function render(message) {
  const mine = message.author === 'worker';
  const entry = make('div', 'entry ' + (mine ? 'mine ' + message.kind : message.author));
  if (message.danger) entry.classList.add('danger');
  entry.append(make('div', 'day', message.day));
  const bubble = make('div', 'bubble');
  if (mine) bubble.append(make('span', 'seen-by-ear', texts.you + ': '));
  if (message.from) bubble.append(make('span', 'name', message.from));
  (message.attachments || []).forEach((file) => bubble.append(attachment(file)));
  if (message.text) bubble.append(words(message));
  if (message.source) {
    const source = make('p', 'source', message.source);
    source.dir = message.direction;
    bubble.append(source);
  }
  if (message.listen) bubble.append(listen(message));
  bubble.append(meta(message.time, mine && 'stored'));
  entry.append(bubble);
  if (mine && question && message.question === question.number) dropChoices();
  if (!mine && message.question) ask(entry, message);
  else if (!mine && message.question === 0) stand(entry, message);
  return entry;
}

function listen(message) {
  const button = make('button', 'listen', state.buttons.listen);
  button.type = 'button';
  button.dir = message.direction;
  button.addEventListener('click', () => say({ command: 'listen' }, state.buttons.listen));
  return button;
}

function words(message) {
  const paragraph = make('p', 'words');
  paragraph.dir = message.direction;
  paragraph.lang = message.author === 'bot' ? message.language : '';
  let end = 0;
  if (message.author === 'bot') {
    // numbers to call become links: where they follow a telephone sign or a plus, and in danger all
    const phones = message.danger ? /\+?\d[\d ()-]{5,18}\d|\b\d{3,4}\b/g
      : /\+\d[\d ()-]{7,18}\d|☎\ufe0f?\s*\u2066?\d[\d ()-]*\d/g;
    for (let found = phones.exec(message.text); found; found = phones.exec(message.text)) {
      const number = found[0].replace(/^[^+\d]+/, '');
      const link = make('a', 'tel', number);
      link.href = 'tel:' + number.replace(/[^\d+]/g, '');
      link.dir = 'ltr';
      paragraph.append(message.text.slice(end, phones.lastIndex - number.length), link);
      end = phones.lastIndex;
    }
  }
  paragraph.append(message.text.slice(end));
  return paragraph;
}

function meta(time, tick) {
  const line = make('div', 'meta', time);
  if (tick) mark(line, tick);
  return line;
}

function mark(line, tick) {
  const sign = make('span', '', { stored: '✓', waiting: '◷', failed: '⚠' }[tick]);
  sign.setAttribute('role', 'img');
  name(sign, texts[tick]);
  line.append(sign);
}

function markDay(entry) {
  const before = entry.previousElementSibling;
  entry.firstElementChild.hidden = !!before && before.dataset.day === entry.dataset.day;
}

function attachment(file) {
  const type = file.media_type.split('/')[0], address = UPLOAD + '/' + file.id;
  const size = file.size < 1048576 ? Math.ceil(file.size / 1024) + ' kB'
    : (file.size / 1048576).toFixed(1) + ' MB';
  if (type === 'audio') {
    const player = make('audio');
    player.controls = true;
    player.preload = 'none';
    player.src = address;
    name(player, texts.voice);
    return player;
  }
  const kind = { image: 'photo', video: 'video' }[type] || 'document';
  const link = make('a', 'file');
  const label = make('span', '', (kind === 'document' ? file.name : texts[kind]) + ' · ');
  const amount = make('bdi', '', size);
  amount.dir = 'ltr';
  label.append(amount);
  link.append(icon('attach'), label);
  link.href = address;
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  if (kind === 'photo') link.addEventListener('click', (event) => {  // looked at here, if it can be
    event.preventDefault();
    const picture = make('img');
    picture.alt = texts.photo;
    picture.onload = () => { label.remove(); link.firstChild.remove(); picture.onload = null; };
    picture.onerror = () => window.open(address, '_blank', 'noopener');
    if (!link.querySelector('img')) { picture.src = address; link.append(picture); }
    else window.open(address, '_blank', 'noopener');
  });
  return link;
}

// -- the buttons of the newest question --------------------------------------------------------

function ask(entry, message) {
  if (question && question.number > message.question) return;  // an older one, scrolled up to
  if (question && question.many && message.many && question.text === message.text) {
    let between = question.entry.nextElementSibling;  // the same list with another tick: in place
    while (between && between !== entry) {
      const next = between.nextElementSibling;
      if (between.classList.contains('tap')) between.remove();
      between = next;
    }
    question.entry.remove();
  }
  dropChoices();
  const choices = make('div', 'choices');
  const labels = message.choices || [];
  if (labels.length > 4 && labels.every((c) => c.label.length < 15)) choices.classList.add('short');
  labels.forEach((choice) => choices.append(row(choice, message)));
  if (labels.length) entry.append(choices);
  question = { number: message.question, entry, choices, many: message.many, text: message.text };
}

// buttons that belong to no question: they stay under their message and always work
function stand(entry, message) {
  const choices = make('div', 'choices');
  (message.choices || []).forEach((choice) => choices.append(row(choice, message)));
  if (choices.firstChild) entry.append(choices);
}

function row(choice, message) {
  const button = make('button', '', choice.label), ticks = message.many && choice.option !== 'done';
  button.type = 'button';
  button.dir = message.direction;
  if (ticks) {
    button.setAttribute('role', 'checkbox');
    button.setAttribute('aria-checked', choice.marked);
  } else if (message.many) button.className = 'done';
  button.addEventListener('click', () => {
    const held = button.parentNode.contains(document.activeElement);
    if (ticks) {
      button.setAttribute('aria-checked', !choice.marked);
      button.parentNode.querySelectorAll('button').forEach((b) => { b.disabled = true; });
    } else if (message.question) dropChoices();
    else button.parentNode.querySelectorAll('button').forEach((b) => { b.disabled = true; });
    if (held) scroll.focus({ preventScroll: true });
    say({ tap: { question: message.question, option: choice.option } }, ticks ? '' : choice.label);
  });
  return button;
}

function dropChoices() {
  if (question) question.choices.remove();
}

// -- scrolling ---------------------------------------------------------------------------------

function read() {
  const all = log.children;
  let from = all.length - 1;
  while (from > 0 && !all[from - 1].classList.contains('mine')) from -= 1;
  const bottom = scroll.scrollHeight - scroll.clientHeight;
  const top = all[from] && !$('unsent').firstChild ? all[from].offsetTop - 8 : bottom;
  scroll.scrollTop = Math.min(bottom, top);  // a long answer is read from its beginning
  $('newest').hidden = true;
}
const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120;
const toEnd = () => { scroll.scrollTop = scroll.scrollHeight; $('newest').hidden = true; };

// -- saying ------------------------------------------------------------------------------------

function say(frame, label) {
  frame.id = newId();
  waiting.set(frame.id, { frame, bubble: label ? unsent(label) : null });
  keep();
  transmit(frame);
  return frame.id;
}

function unsent(label) {
  document.querySelectorAll('#unsent .failed').forEach((entry) => entry.remove());  // was read
  const entry = make('div', 'entry mine'), bubble = make('div', 'bubble');
  const text = make('p', 'words', label);
  text.dir = 'auto';
  bubble.append(text, meta('', 'waiting'));
  entry.append(bubble);
  $('unsent').append(entry);
  toEnd();
  return entry;
}

function transmit(frame) {
  if (!socket || socket.readyState !== 1 || !socket.ready) return;
  socket.send(JSON.stringify(frame));
  clearTimeout(ackTimer);
  ackTimer = setTimeout(() => waiting.size && reconnect(), 20000);
}

function keep() {
  const frames = Array.from(waiting.values(), (w) => w.frame);
  store(KEPT, !veiled && frames.length ? JSON.stringify(frames) : null);
}

function acknowledged(id) {
  const said = waiting.get(id);
  if (!said) return;
  waiting.delete(id);
  keep();
  tries = 0;
  const follows = atEnd();
  if (said.bubble) said.bubble.remove();  // its entry came just before
  if (said.frame.command === 'danger') dropCall();
  if (follows && !$('unsent').firstChild) read();  // the answer may be there already
  if (!waiting.size) clearTimeout(ackTimer);
  // not hidden there: nothing was told yet, so there are no two words to come back with
  if (said.frame.command === 'hide' && !state.hidden) store(HIDDEN, null);
}

function refused(error) {
  if (error.error === 'try_again') { reconnect(); return; }
  const said = waiting.get(error.id);
  if (!said) return;
  waiting.delete(error.id);
  keep();
  if (said.bubble) fail(said.bubble, error.text);
}

function fail(entry, sentence) {
  const line = entry.querySelector('.meta');
  line.textContent = sentence;
  mark(line, 'failed');
  entry.classList.add('failed');
  toEnd();
}

// -- the socket --------------------------------------------------------------------------------

function connect() {
  clearTimeout(retryTimer);
  const line = new WebSocket(location.origin.replace(/^http/, 'ws') + '/chat/socket');
  socket = line;
  line.onopen = () => {
    heardAt = Date.now();
    waiting.forEach((said) => said.frame.command === 'hide' && line.send(JSON.stringify(said.frame)));
    const language = new URLSearchParams(location.search).get('lang') || '';
    const resume = { after: last, chat: chat || '' };
    if (/^[A-Za-z_]{2,12}$/.test(language)) resume.language = language;
    line.send(JSON.stringify({ resume }));
    line.ready = true;
    waiting.forEach((said) => said.frame.command !== 'hide' && transmit(said.frame));
  };
  line.onmessage = (event) => {
    heardAt = Date.now();
    const frame = JSON.parse(event.data);
    if (!frame.error) status('');
    if (!frame.error && !waiting.size) tries = 0;
    receive(frame);
  };
  line.onclose = (event) => { if (socket === line) { socket = null; later(event.code === 1008); } };
}

function later(slowly) {
  tries += 1;
  const wait = slowly ? 30000 : Math.min(30000, 400 * 2 ** tries) * (0.5 + Math.random() / 2);
  if (tries > 1) status(navigator.onLine === false ? texts.offline : texts.connecting);
  if (tries % 3 === 0) fetch('/chat').catch(() => {});  // the cookie may be gone: get a new one
  if (!navigator.cookieEnabled) status(texts.no_cookies);
  clearTimeout(retryTimer);
  retryTimer = setTimeout(connect, wait);
}

function reconnect() {
  if (socket) { const line = socket; socket = null; line.close(); }
  later(false);
}

function receive(frame) {
  if (frame.state) changeState(frame.state);
  else if (frame.ack) acknowledged(frame.ack);
  else if (frame.error) refused(frame);
  else if (frame.message && !(veiled && !state.hidden)) show(frame.seq, frame.message);
}

function changeState(fresh) {
  const hiding = Array.from(waiting.values()).some((said) => said.frame.command === 'hide');
  if (fresh.chat !== chat) clear();
  state = fresh;
  chat = fresh.chat;
  dropCall();
  if (fresh.hidden) { veiled = wasHidden = true; store(HIDDEN, null); store(KEPT, null); }
  else if (veiled && (hiding || !wasHidden)) return;  // hidden here; the server does not know yet
  else veiled = wasHidden = false;
  dress();
}

function clear() {
  log.textContent = '';
  last = first = 0;
  question = null;
}

// -- hiding: first here, at once, then there ---------------------------------------------------

function hide() {
  veil();
  store(HIDDEN, '1');
  say({ command: 'hide' }, '');
}

function veil() {
  veiled = true;
  wasHidden = false;
  stopRecording(false);
  clear();
  $('unsent').textContent = '';
  $('text').value = '';
  waiting.forEach((said) => { said.bubble = null; });
  uploads.forEach((upload) => { upload.bubble = null; });
  store(KEPT, null);
  history.replaceState(null, '', '/chat');
  dress();
}

let shifts = 0, shiftTimer = 0;
document.addEventListener('keyup', (event) => {
  shifts = event.key === 'Shift' ? shifts + 1 : 0;
  clearTimeout(shiftTimer);
  shiftTimer = setTimeout(() => { shifts = 0; }, 1500);
  if (shifts === 3 && !veiled) hide();
});

// -- typing ------------------------------------------------------------------------------------

function chooseButtons() {
  const empty = !$('text').value.trim();
  $('record').hidden = !canRecord || !empty || veiled;
  $('send').hidden = canRecord && empty && !veiled;
}

function grow() {
  const text = $('text');
  text.style.height = 'auto';
  text.style.height = text.scrollHeight + 3 + 'px';
  chooseButtons();
}

function submit(event) {
  if (event) event.preventDefault();
  const text = $('text').value.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '').trim();
  if (!text) return;
  const parts = text.match(PARTS).map((part) => part.trim()).filter(Boolean);
  // without a case each part would answer a question: the rest waits in the box
  const now = state.case ? parts : parts.slice(0, 1);
  $('text').value = parts.slice(now.length).join(' ');
  grow();
  if (veiled && !state.hidden && !waiting.size) { location.reload(); return; }
  now.forEach((part) => say({ text: part }, part));
  $('text').focus();
}

$('write').addEventListener('submit', submit);
$('text').addEventListener('input', grow);
$('text').addEventListener('keydown', (event) => {
  const phone = window.matchMedia && matchMedia('(pointer: coarse)').matches;
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && !phone) submit(event);
});
document.querySelectorAll('[data-command]').forEach((button) => {
  button.addEventListener('click', () => {
    const command = button.dataset.command;
    const id = say({ command }, state.buttons[command]);
    if (command === 'danger') callUnlessHeard(id);
  });
});
$('hide').addEventListener('click', hide);

function callUnlessHeard(id) {  // help must not wait for the internet
  const call = () => waiting.has(id) && !veiled && callInstead();
  if (socket && socket.ready && navigator.onLine !== false) setTimeout(call, DEAD_LINE_MS);
  else call();
}

function dropCall() {
  document.querySelectorAll('#unsent .danger').forEach((card) => card.remove());
}

function callInstead() {
  dropCall();
  const card = make('div', 'entry bot danger'), bubble = make('div', 'bubble');
  bubble.append(words({ author: 'bot', danger: true, text: texts.call, direction: page.dir, language: page.lang }));
  card.append(bubble);
  $('unsent').append(card);
  toEnd();
}

$('newest').addEventListener('click', toEnd);
scroll.addEventListener('scroll', () => { if (atEnd()) $('newest').hidden = true; }, { passive: true });
$('earlier').addEventListener('click', () => {
  if (socket && socket.ready) socket.send(JSON.stringify({ earlier: { before: first } }));
});

// -- files -------------------------------------------------------------------------------------

function addFile(file, label) {
  const bubble = unsent(label);
  if (file.size > MAX_FILE) { fail(bubble, texts.too_big); return; }
  bubble.querySelector('.words').after(make('progress'));
  uploads.push({ id: newId(), file, bubble, tries: 0 });
  upload();
}

function upload() {
  const next = uploads[0];
  if (!next || uploading) return;
  uploading = true;
  const form = new FormData(), request = new XMLHttpRequest();
  form.append('id', next.id);
  form.append('file', next.file, next.file.name || 'voice');
  request.upload.onprogress = (event) => {
    const bar = next.bubble && next.bubble.querySelector('progress');
    if (bar && event.lengthComputable) { bar.max = event.total; bar.value = event.loaded; }
  };
  request.onloadend = () => {
    uploading = false;
    let answer = {};
    try { answer = JSON.parse(request.responseText); } catch (error) { /* no answer of ours */ }
    if (!answer.ack && (request.status === 0 || request.status >= 429)) {
      next.tries += 1;
      setTimeout(upload, Math.min(60000, 1000 * 2 ** next.tries));
      return;
    }
    uploads.shift();
    const bar = next.bubble && next.bubble.querySelector('progress');
    if (bar) bar.remove();
    if (!answer.ack && next.bubble) fail(next.bubble, answer.text || texts.failed);
    if (answer.ack) { answeredUploads.push(next.bubble); if (ownFilesSeen) ownFilesSeen -= 1, settleUpload(); }
    upload();
  };
  request.open('POST', UPLOAD);
  request.send(form);
}

function settleUpload() {  // the entry and the answer come on two roads, in any order
  if (!answeredUploads.length) { if (uploading) ownFilesSeen += 1; return; }
  const bubble = answeredUploads.shift();
  if (bubble) bubble.remove();
}

$('attach').addEventListener('click', () => $('file').click());
$('file').addEventListener('change', () => {
  const file = $('file').files[0];
  if (file) addFile(file, file.name);
  $('file').value = '';
});

// -- voice -------------------------------------------------------------------------------------

const canRecord = !!(window.MediaRecorder && navigator.mediaDevices && navigator.mediaDevices.getUserMedia);
let recorder = null, wanted = false, ticking = 0;

function startRecording() {
  navigator.mediaDevices.getUserMedia({ audio: true }).then((stream) => {
    const chunks = [], begun = Date.now();
    recorder = new MediaRecorder(stream, { audioBitsPerSecond: 24000 });
    recorder.ondataavailable = (event) => chunks.push(event.data);
    recorder.onstop = () => {
      stream.getTracks().forEach((track) => track.stop());
      const type = recorder.mimeType.split(';')[0] || 'audio/webm';
      recorder = null;
      clearInterval(ticking);
      $('recorder').hidden = true;
      $('write').hidden = false;
      if (wanted && chunks.length) addFile(new Blob(chunks, { type }), texts.voice);
    };
    recorder.start();
    $('write').hidden = true;
    $('recorder').hidden = false;
    $('keep').focus();
    ticking = setInterval(() => {
      const seconds = Math.floor((Date.now() - begun) / 1000);
      $('clock').textContent = Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0');
      if (seconds >= MAX_VOICE_SECONDS) stopRecording(true);
    }, 500);
    $('clock').textContent = '0:00';
  }, () => { status(texts.no_microphone); setTimeout(status, 6000); });
}

function stopRecording(send) {
  wanted = send;
  if (recorder && recorder.state !== 'inactive') recorder.stop();
}

$('record').addEventListener('click', startRecording);
$('stop').addEventListener('click', () => stopRecording(false));
$('keep').addEventListener('click', () => stopRecording(true));

// -- beginning ---------------------------------------------------------------------------------

function wake() {  // a phone that slept may hold a dead line without knowing it
  if (document.visibilityState === 'hidden') return;
  if (!socket || Date.now() - heardAt > 25000) { tries = 0; if (socket) reconnect(); else connect(); }
}
document.addEventListener('visibilitychange', wake);
window.addEventListener('online', () => { heardAt = 0; wake(); });
window.addEventListener('offline', () => status(texts.offline));
window.addEventListener('pageshow', (event) => event.persisted && wake());

dress();
if (stored(HIDDEN) && !state.hidden) hide();
else if (!state.hidden) {
  JSON.parse(stored(KEPT) || '[]').forEach((frame) => {
    const label = frame.text || state.buttons[frame.command] || '';
    waiting.set(frame.id, { frame, bubble: label ? unsent(label) : null });
  });
  const start = new URLSearchParams(location.search).get('start') || '';
  if (/^[wh]_[A-Za-z0-9]{6}$/.test(start)) {  // the link of a workshop: as if it were typed, once
    history.replaceState(null, '', location.pathname);
    say({ text: start }, start);
  }
}
if (navigator.cookieEnabled) connect(); else status(texts.no_cookies);
})();
