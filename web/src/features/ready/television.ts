import { useEffect } from "react";

/** Keeps the screen on while the page is looked at. Without a secure context browsers do not offer it. */
export function useWakeLock(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | null = null;
    let gone = false;
    const ask = async () => {
      if (gone || document.hidden || !("wakeLock" in navigator)) return;
      try {
        lock = await navigator.wakeLock.request("screen");
      } catch {
        // The battery is low, or the browser does not want to: the board works all the same.
      }
    };
    // The browser lets go of it whenever the page is hidden.
    const seen = () => void ask();
    void ask();
    document.addEventListener("visibilitychange", seen);
    return () => {
      gone = true;
      document.removeEventListener("visibilitychange", seen);
      void lock?.release();
    };
  }, []);
}

let audio: AudioContext | undefined;

/** Two soft notes, a fifth apart: pleasant the two hundredth time, too. */
export function chime(): void {
  audio ??= new AudioContext();
  // After a night asleep it may have been put to rest.
  void audio.resume();
  const from = audio.currentTime;
  for (const [index, hertz] of [523.25, 783.99].entries()) {
    const at = from + index * 0.16;
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    tone.type = "sine";
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.22, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.9);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 1);
  }
}
