(() => {
  "use strict";
  const holder = document.getElementById("view3d"), source = document.getElementById("view3d-data");
  if (!holder || !source) return;
  const canvas = holder.querySelector("canvas"), slider = holder.querySelector("input"), button = holder.querySelector("button.play");
  const reset = holder.querySelector("button.reset"), readout = holder.querySelector("output"), tip = holder.querySelector(".tip");
  const gl = canvas.getContext("webgl", {antialias: true, alpha: false, preserveDrawingBuffer: true, stencil: true});
  if (!gl || !gl.getExtension("OES_element_index_uint") || !gl.getExtension("OES_standard_derivatives")) { holder.querySelector(".sorry").hidden = false; canvas.hidden = true; return; }

  // data: one block of bytes, and where things are in it; one scene, or several that share the block (the runs of a sweep)
  const data = JSON.parse(source.textContent), scenes = data.scenes || [data], raw = atob(data.blob), bytes = new Uint8Array(raw.length);
  for (let k = 0; k < raw.length; k++) bytes[k] = raw.charCodeAt(k);
  const floats = (offset, count) => new Float32Array(bytes.buffer, offset, count);
  const buffer = (target, data) => { const made = gl.createBuffer(); gl.bindBuffer(target, made); gl.bufferData(target, data, gl.STATIC_DRAW); return made; };
  const shared = new Map();
  const once = (key, make) => { if (!shared.has(key)) shared.set(key, make()); return shared.get(key); };
  const prepare = scene => {
    if (scene.times) return;
    scene.times = floats(scene.time, scene.frames);
    scene.shots = scene.camera ? floats(scene.camera.at, scene.frames * 7) : null;
    for (const node of scene.nodes) {
      node.poses = floats(node.at, (node.still ? 1 : scene.frames) * 10);
      node.matrix = new Float32Array(16);
      for (const part of node.parts) {
        part.vertices = once("v" + part.v, () => buffer(gl.ARRAY_BUFFER, floats(part.v, part.count * 3)));
        part.normals = once("n" + part.n, () => buffer(gl.ARRAY_BUFFER, new Int8Array(bytes.buffer, part.n, part.count * 4)));
        part.indices = once("i" + part.i, () => buffer(gl.ELEMENT_ARRAY_BUFFER, new Uint32Array(bytes.buffer, part.i, part.faces)));
      }
    }
  };

  // 4x4 matrices, columns first
  const multiply = (a, b, out = new Float32Array(16)) => {
    for (let c = 0; c < 4; c++) for (let r = 0; r < 4; r++) { let s = 0; for (let k = 0; k < 4; k++) s += a[k * 4 + r] * b[c * 4 + k]; out[c * 4 + r] = s; }
    return out;
  };
  const minus = (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]], dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const unit = a => { const l = Math.hypot(...a) || 1; return a.map(x => x / l); };
  const look = (eye, target) => {
    const z = unit(minus(eye, target)), x = unit(cross(Math.abs(z[2]) > 0.999 ? [0, 1, 0] : [0, 0, 1], z)), y = cross(z, x);
    return new Float32Array([x[0], y[0], z[0], 0, x[1], y[1], z[1], 0, x[2], y[2], z[2], 0, -dot(x, eye), -dot(y, eye), -dot(z, eye), 1]);
  };
  const perspective = (fov, aspect, near, far) => {
    const f = 1 / Math.tan(fov / 2);
    return new Float32Array([f / aspect, 0, 0, 0, 0, f, 0, 0, 0, 0, (far + near) / (near - far), -1, 0, 0, 2 * far * near / (near - far), 0]);
  };
  const pose = (p, o, q, m) => {  // between two poses: places and sizes in a line, turns by normalised quaternions the short way
    const t = new Array(10);
    let sign = 0;
    for (let k = 3; k < 7; k++) sign += p[o + k] * p[q + k];
    for (let k = 0; k < 10; k++) t[k] = p[o + k] * (1 - m) + (k > 2 && k < 7 && sign < 0 ? -1 : 1) * p[q + k] * m;
    if ((p[o + 7] === 0) !== (p[q + 7] === 0)) for (let k = 7; k < 10; k++) t[k] = p[o + k];
    const l = Math.hypot(t[3], t[4], t[5], t[6]) || 1, w = t[3] / l, x = t[4] / l, y = t[5] / l, z = t[6] / l, [a, b, c] = [t[7], t[8], t[9]];
    return [a * (1 - 2 * (y * y + z * z)), a * 2 * (x * y + w * z), a * 2 * (x * z - w * y), 0, b * 2 * (x * y - w * z), b * (1 - 2 * (x * x + z * z)), b * 2 * (y * z + w * x), 0,
      c * 2 * (x * z + w * y), c * 2 * (y * z - w * x), c * (1 - 2 * (x * x + y * y)), 0, t[0], t[1], t[2], 1];
  };

  const shader = (kind, text) => { const made = gl.createShader(kind); gl.shaderSource(made, text); gl.compileShader(made);
    if (!gl.getShaderParameter(made, gl.COMPILE_STATUS)) console.error(gl.getShaderInfoLog(made));
    return made;
  };
  const program = gl.createProgram();
  gl.attachShader(program, shader(gl.VERTEX_SHADER, `attribute vec3 place; attribute vec3 normal; uniform mat4 model, view, lens; uniform float shade, floor_z; varying vec3 n, w, e;
    void main() { vec4 world = model * vec4(place, 1.0);
      if (shade > 0.0) { float up = max(world.z - floor_z, 0.0); world.xy += up * vec2(0.45, 0.6) / 0.85; world.z = floor_z; }  // its shadow on the ground
      w = world.xyz; n = mat3(model[0].xyz, model[1].xyz, model[2].xyz) * normal; vec4 seen = view * world; e = seen.xyz; gl_Position = lens * seen; }`));
  gl.attachShader(program, shader(gl.FRAGMENT_SHADER, `#extension GL_OES_standard_derivatives : enable
    precision highp float; varying vec3 n, w, e; uniform vec4 color; uniform vec3 eye, sky; uniform float rough, metal, grid, far, lit, shade;
    float line(float x, float scale) { float d = abs(fract(x / scale - 0.5) - 0.5) * scale, w = fwidth(x); return (1.0 - smoothstep(0.4 * w, 1.4 * w, d)) * (1.0 - smoothstep(0.15, 0.4, w / scale)); }
    void main() {
      if (shade > 0.0) { gl_FragColor = vec4(0.02, 0.03, 0.05, shade * (1.0 - smoothstep(0.25, 1.0, length(w.xy - eye.xy) / far))); return; }
      vec3 N = normalize(n), V = normalize(eye - w); if (dot(N, V) < 0.0) N = -N;
      vec3 L = normalize(vec3(-0.45, -0.6, 0.85)), H = normalize(L + V);
      float facing = max(dot(N, L), 0.0), power = 2.0 / max(rough * rough, 0.02), shine = pow(max(dot(N, H), 0.0), power) * (power + 8.0) / 60.0;
      vec3 base = color.rgb, ambient = mix(vec3(0.30, 0.28, 0.26), vec3(0.52, 0.57, 0.66), 0.5 + 0.5 * N.z);
      vec3 c = base * (ambient + 1.05 * facing) * mix(1.0, 0.75, metal) + shine * mix(vec3(0.10), base, metal) * facing + lit * vec3(0.25, 0.18, 0.02);
      if (grid > 0.0) { float g = max(max(line(w.x, grid), line(w.y, grid)) * 0.5, max(line(w.x, grid * 5.0), line(w.y, grid * 5.0))); c = mix(c, c * 0.72, g);
        c = mix(c, sky, smoothstep(0.25, 1.0, length(w.xy - eye.xy) / far)); }
      float a = color.a < 1.0 ? mix(color.a, 0.92, pow(1.0 - abs(dot(N, V)), 2.5)) : 1.0;  // clear things show at their edges
      gl_FragColor = vec4(pow(clamp(c, 0.0, 1.0), vec3(1.0 / 2.2)), a);
    }`));
  gl.linkProgram(program);
  gl.useProgram(program);
  const uniform = name => gl.getUniformLocation(program, name), place = gl.getAttribLocation(program, "place"), normal = gl.getAttribLocation(program, "normal");
  const at = Object.fromEntries(["model", "view", "lens", "color", "eye", "sky", "rough", "metal", "grid", "far", "lit", "shade", "floor_z"].map(name => [name, uniform(name)]));
  gl.enable(gl.DEPTH_TEST);
  gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);

  // the eye: that of the clip until somebody turns it
  const state = {time: 0, free: false, turn: 0, tilt: 0.3, distance: 1, target: [0, 0, 0], playing: false, hover: -1};
  let scene, times, last, shots, size, step;
  const use = index => {  // another run is shown at the same time, from the same place
    const first = !scene;
    scene = scenes[index];
    prepare(scene);
    times = scene.times;
    last = times[times.length - 1];
    shots = scene.shots;
    size = Math.max(Math.hypot(...minus(scene.high, scene.low)), 0.3);
    step = 10 ** Math.round(Math.log10(size / 8));
    state.hover = -1;
    if (first) { state.time = times[0]; state.target = scene.low.map((v, k) => (v + scene.high[k]) / 2); state.distance = size * 1.4; }
    state.time = Math.min(last, Math.max(times[0], state.time));
  };
  const shot = f => shots ? {eye: [...shots.subarray(f * 7, f * 7 + 3)], target: [...shots.subarray(f * 7 + 3, f * 7 + 6)], fov: shots[f * 7 + 6] * Math.PI / 180} : null;
  const blend = () => {
    let k = 0;
    while (k < times.length - 2 && times[k + 1] <= state.time) k++;
    const span = times.length > 1 ? times[k + 1] - times[k] : 0;
    return [k, Math.min(k + 1, times.length - 1), span > 0 ? Math.min(1, Math.max(0, (state.time - times[k]) / span)) : 0];
  };
  const viewpoint = (k, next, part) => {
    if (!state.free && shots) {
      const a = shot(k), b = shot(next);
      if (Math.hypot(...minus(b.eye, a.eye)) > 0.3 * Math.hypot(...minus(a.target, a.eye))) return part < 1 ? a : b;  // a cut, not a move
      const mix = (p, q) => p.map((v, i) => v * (1 - part) + q[i] * part);
      return {eye: mix(a.eye, b.eye), target: mix(a.target, b.target), fov: a.fov * (1 - part) + b.fov * part};
    }
    const c = Math.cos(state.tilt) * state.distance;
    return {eye: [state.target[0] + Math.sin(state.turn) * c, state.target[1] - Math.cos(state.turn) * c, state.target[2] + Math.sin(state.tilt) * state.distance], target: state.target, fov: 0.7};
  };
  const setFree = () => {
    if (state.free) return;
    const [k, next, part] = blend(), v = viewpoint(k, next, part), away = minus(v.eye, v.target);
    const scale = Math.tan(v.fov / 2) / Math.tan(0.35);
    state.target = [...v.target];
    state.distance = Math.hypot(...away) * scale;
    state.turn = Math.atan2(away[0], -away[1]);
    state.tilt = Math.asin(Math.max(-1, Math.min(1, away[2] / Math.hypot(...away))));
    state.free = true;
  };
  let lens, view;
  const draw = () => {
    const ratio = Math.min(window.devicePixelRatio || 1, 2), w = Math.round(canvas.clientWidth * ratio), h = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
    const [k, next, part] = blend(), v = viewpoint(k, next, part), sky = [0.66, 0.72, 0.80];
    gl.viewport(0, 0, w, h);
    gl.clearColor(...sky.map(x => x ** (1 / 2.2)), 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT | gl.STENCIL_BUFFER_BIT);
    const away = Math.hypot(...minus(v.eye, v.target)), wide = Math.max(size * 5, away * 3);
    // a picture narrower than the clip's shows the clip's whole width
    const shape = w / Math.max(h, 1), fit = !state.free && scene.camera && shape < scene.camera.aspect ? scene.camera.aspect / shape : 1;
    lens = perspective(2 * Math.atan(Math.tan(v.fov / 2) * fit), shape, Math.max(0.002, Math.min(size / 400, away / 50)), wide * 8);
    view = look(v.eye, v.target);
    gl.uniformMatrix4fv(at.view, false, view);
    gl.uniformMatrix4fv(at.lens, false, lens);
    gl.uniform3fv(at.eye, v.eye);
    gl.uniform3fv(at.sky, sky);
    gl.uniform1f(at.far, wide);
    gl.uniform1f(at.shade, 0);
    for (const node of scene.nodes) {
      const local = pose(node.poses, node.still ? 0 : k * 10, node.still ? 0 : next * 10, node.still ? 0 : part);
      if (node.parent < 0) node.matrix.set(local); else multiply(scene.nodes[node.parent].matrix, local, node.matrix);
      if (node.name === scene.ground) {  // the ground goes on until the haze hides its edge
        const more = Math.max(1, wide * 2.5 / Math.max(scene.span, 1e-6));
        for (const k of [0, 5]) node.matrix[k] *= more;
        node.matrix[12] = v.eye[0]; node.matrix[13] = v.eye[1];
      }
    }
    const bind = p => {
      gl.bindBuffer(gl.ARRAY_BUFFER, p.vertices); gl.enableVertexAttribArray(place); gl.vertexAttribPointer(place, 3, gl.FLOAT, false, 0, 0);
      gl.bindBuffer(gl.ARRAY_BUFFER, p.normals); gl.enableVertexAttribArray(normal); gl.vertexAttribPointer(normal, 3, gl.BYTE, true, 4, 0);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, p.indices);
      gl.drawElements(gl.TRIANGLES, p.faces, gl.UNSIGNED_INT, 0);
    };
    const gone = m => [0, 1, 2, 4, 5, 6].every(k => m[k] === 0);
    const paint = (wanted, ground) => scene.nodes.forEach((node, number) => {
      if (gone(node.matrix) || (node.name === scene.ground) !== ground) return;
      gl.uniformMatrix4fv(at.model, false, node.matrix);
      for (const p of node.parts) {
        if ((p.opacity < 1) !== wanted) continue;
        gl.uniform4f(at.color, ...p.color, p.opacity);
        gl.uniform1f(at.rough, Math.max(p.rough, 0.12));
        gl.uniform1f(at.metal, p.metal);
        gl.uniform1f(at.grid, ground ? step : 0);
        gl.uniform1f(at.lit, number === state.hover || (state.hover >= 0 && node.parent === state.hover) ? 1 : 0);
        bind(p);
      }
    });
    gl.disable(gl.BLEND);
    gl.depthMask(true);
    const ground = scene.nodes.find(node => node.name === scene.ground);
    if (ground) {  // the ground lies a hair lower than what rests on it, and takes each shadow once
      gl.enable(gl.POLYGON_OFFSET_FILL);
      gl.polygonOffset(1, 2);
      paint(false, true);
      gl.disable(gl.POLYGON_OFFSET_FILL);
      gl.enable(gl.BLEND);
      gl.depthMask(false);
      gl.enable(gl.STENCIL_TEST);
      gl.stencilFunc(gl.EQUAL, 0, 255);
      gl.stencilOp(gl.KEEP, gl.KEEP, gl.INCR);
      gl.uniform1f(at.floor_z, ground.matrix[14]);
      for (const node of scene.nodes) {
        if (node === ground || gone(node.matrix)) continue;
        gl.uniformMatrix4fv(at.model, false, node.matrix);
        for (const p of node.parts) { gl.uniform1f(at.shade, p.opacity < 1 ? 0.12 : 0.34); bind(p); }
      }
      gl.uniform1f(at.shade, 0);
      gl.disable(gl.STENCIL_TEST);
      gl.disable(gl.BLEND);
      gl.depthMask(true);
    }
    paint(false, false);
    gl.enable(gl.BLEND);
    gl.depthMask(false);
    paint(true, false);
    gl.depthMask(true);
    readout.textContent = state.time.toFixed(2) + " s";
    slider.value = last > times[0] ? (state.time - times[0]) / (last - times[0]) : 0;
  };
  let queued = false;
  const redraw = () => { if (!queued) { queued = true; requestAnimationFrame(() => { queued = false; draw(); }); } };

  // the body under the pointer: the one whose centre is nearest on the picture
  const nearest = (x, y) => {
    let best = -1, away = 28;
    scene.nodes.forEach((node, number) => {
      if (node.parent >= 0 || node.name === scene.ground) return;
      const m = multiply(lens, view), p = [node.matrix[12], node.matrix[13], node.matrix[14]], o = [0, 1, 3].map(r => m[r] * p[0] + m[4 + r] * p[1] + m[8 + r] * p[2] + m[12 + r]);
      if (o[2] <= 0) return;
      const d = Math.hypot((o[0] / o[2] + 1) / 2 * canvas.clientWidth - x, (1 - o[1] / o[2]) / 2 * canvas.clientHeight - y);
      if (d < away) { away = d; best = number; }
    });
    return best;
  };
  let held = null;
  const fingers = new Map();
  canvas.addEventListener("pointerdown", e => { canvas.setPointerCapture(e.pointerId); fingers.set(e.pointerId, e); held = {x: e.clientX, y: e.clientY, pan: e.shiftKey || e.button === 2}; });
  canvas.addEventListener("pointermove", e => {
    const box = canvas.getBoundingClientRect();
    if (!held) {
      const found = nearest(e.clientX - box.left, e.clientY - box.top);
      if (found !== state.hover) { state.hover = found; tip.textContent = found < 0 ? "" : scene.nodes[found].label; redraw(); }
      tip.style.transform = `translate(${e.clientX - box.left + 12}px, ${e.clientY - box.top + 12}px)`;
      return;
    }
    const dx = e.clientX - held.x, dy = e.clientY - held.y;
    held.x = e.clientX; held.y = e.clientY;
    setFree();
    if (fingers.size > 1) { state.distance *= 1 + dy * 0.006; }
    else if (held.pan) {
      const s = state.distance * 0.0016;
      state.target[0] -= Math.cos(state.turn) * dx * s; state.target[1] -= Math.sin(state.turn) * dx * s; state.target[2] += dy * s;
    } else { state.turn -= dx * 0.008; state.tilt = Math.max(-0.1, Math.min(1.55, state.tilt + dy * 0.006)); }
    redraw();
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) canvas.addEventListener(name, e => { fingers.delete(e.pointerId); held = null; });
  canvas.addEventListener("contextmenu", e => e.preventDefault());
  canvas.addEventListener("wheel", e => { e.preventDefault(); setFree(); state.distance = Math.max(size * 0.02, Math.min(size * 12, state.distance * Math.exp(e.deltaY * 0.001))); redraw(); }, {passive: false});
  canvas.addEventListener("keydown", e => {
    const moves = {ArrowLeft: () => { state.turn += 0.1; }, ArrowRight: () => { state.turn -= 0.1; }, ArrowUp: () => { state.tilt = Math.min(1.55, state.tilt + 0.06); }, ArrowDown: () => { state.tilt = Math.max(-0.1, state.tilt - 0.06); }};
    if (moves[e.key]) { e.preventDefault(); setFree(); moves[e.key](); redraw(); }
  });

  // one time for the page: the clip, the plots and this view
  let own = false;
  const tell = () => { own = true; window.dispatchEvent(new CustomEvent("page-seek", {detail: state.time})); own = false; };
  window.addEventListener("page-time", e => { if (!own && !state.playing) { state.time = Math.min(last, Math.max(times[0], e.detail)); redraw(); } });
  slider.addEventListener("input", () => { state.playing = false; state.time = times[0] + slider.value * (last - times[0]); tell(); redraw(); });
  button.addEventListener("click", () => {
    state.playing = !state.playing;
    button.setAttribute("aria-pressed", state.playing);
    if (!state.playing) return;
    if (state.time >= last - 1e-6) state.time = times[0];
    const from = performance.now(), start = state.time;
    const tick = now => {
      if (!state.playing) { button.setAttribute("aria-pressed", false); return; }
      state.time = start + Math.max(0, now - from) / 1000;
      if (state.time >= last) { state.time = last; state.playing = false; button.setAttribute("aria-pressed", false); }
      draw();
      if (state.playing) requestAnimationFrame(tick); else tell();
    };
    requestAnimationFrame(tick);
  });
  reset.addEventListener("click", () => { state.free = false; redraw(); });
  new ResizeObserver(redraw).observe(canvas);
  matchMedia("print").addEventListener("change", draw);
  window.addEventListener("view-scene", e => { use(e.detail); redraw(); });
  use(data.first || 0);
  draw();
})();
